#include <algorithm>
#include <cmath>
#include <limits>

#include "quartet/model/attention_ops.h"

namespace quartet::model {
namespace {

/// Queries that share one mask: bounds the mask's memory, and with a window skips the keys that none of them sees.
constexpr std::int64_t kQueryBlock = 256;

/// [B, Hkv, S, K] -> [B, H, S, K]: each key/value head serves H / Hkv query heads that lie side by side.
at::Tensor repeat_heads(const at::Tensor& x, std::int64_t num_heads) {
  const std::int64_t group = num_heads / x.size(1);
  if (group == 1) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), x.size(1), group, x.size(2), x.size(3)})
      .reshape({x.size(0), num_heads, x.size(2), x.size(3)});
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::optional<at::Tensor>& mask,
                  bool is_causal) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(-1)));
  return at::scaled_dot_product_attention(q, k, v, mask, /*dropout_p=*/0.0, is_causal, scale);
}

/// 0 where `hidden` is false, else -infinity.
at::Tensor additive_mask(const at::Tensor& hidden, const at::Tensor& like) {
  return at::zeros(hidden.sizes(), like.options().requires_grad(false))
      .masked_fill_(hidden, -std::numeric_limits<double>::infinity());
}

/// Whether the query at position first_query + row may not see the key at position first_key + column. [T, S]
at::Tensor hidden_keys(std::int64_t first_query, std::int64_t num_queries, std::int64_t first_key,
                       std::int64_t num_keys, std::optional<std::int64_t> window, const at::Device& device) {
  const auto longs = at::TensorOptions().dtype(at::kLong).device(device);
  const auto rows = at::arange(first_query, first_query + num_queries, longs).unsqueeze(1);  // [T, 1]
  const auto columns = at::arange(first_key, first_key + num_keys, longs).unsqueeze(0);      // [1, S]
  const auto later = columns > rows;                                                         // [T, S]
  return window ? later.logical_or(columns <= rows - *window) : later;
}

}  // namespace

at::Tensor causal_attention_composed(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                     std::optional<std::int64_t> window) {
  const auto queries = q.transpose(1, 2);                                    // [B, H, T, K]
  const auto keys = repeat_heads(k.to(q.scalar_type()), queries.size(1));    // [B, H, S, K]
  const auto values = repeat_heads(v.to(q.scalar_type()), queries.size(1));  // [B, H, S, K]
  const std::int64_t num_queries = queries.size(2);                          // T
  const std::int64_t num_keys = keys.size(2);                                // S
  const bool window_matters = window && num_keys > *window;
  if (num_queries == num_keys && !window_matters) {
    return attend(queries, keys, values, std::nullopt, /*is_causal=*/true).transpose(1, 2);
  }
  std::vector<at::Tensor> blocks;
  for (std::int64_t begin = 0; begin < num_queries; begin += kQueryBlock) {
    const std::int64_t rows = std::min(kQueryBlock, num_queries - begin);
    const std::int64_t first_query = num_keys - num_queries + begin;  // position of this block's first query
    const std::int64_t first_key = window_matters ? std::max<std::int64_t>(0, first_query - *window + 1) : 0;
    const std::int64_t columns = first_query + rows - first_key;
    const auto hidden = hidden_keys(first_query, rows, first_key, columns, window, q.device());  // [T, S]
    blocks.push_back(attend(queries.narrow(2, begin, rows), keys.narrow(2, first_key, columns),
                            values.narrow(2, first_key, columns), additive_mask(hidden, q), /*is_causal=*/false));
  }
  return at::cat(blocks, 2).transpose(1, 2);
}

at::Tensor decode_attention_composed(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                                     const std::vector<std::int64_t>& slots) {
  std::vector<std::int64_t> in_use;
  for (const std::int64_t slot : slots) in_use.push_back(std::min(cache.length(slot) + 1, cache.capacity()));
  const std::int64_t longest = *std::max_element(in_use.begin(), in_use.end());  // S
  const auto longs = at::TensorOptions().dtype(at::kLong).device(q.device());
  const auto places = at::tensor(slots, at::kLong).to(q.device());                              // [B]
  const auto limits = at::tensor(in_use, at::kLong).to(q.device()).unsqueeze(1);                // [B, 1]
  const auto unused = (at::arange(longest, longs).unsqueeze(0) >= limits).unsqueeze(1);         // [B, 1, S]
  const auto of_slots = [&](const at::Tensor& store) {                                          // [B, H, S, K]
    const auto kept = store.narrow(2, 0, longest).index_select(0, places).to(q.scalar_type());  // [B, Hkv, S, K]
    // What was never written may be NaN, and 0 * NaN is NaN: only what is in use may enter the sum.
    return repeat_heads(kept.masked_fill(unused.unsqueeze(-1), 0), q.size(1));
  };
  return attend(q.unsqueeze(2), of_slots(cache.keys(layer)), of_slots(cache.values(layer)),
                additive_mask(unused.unsqueeze(1), q), /*is_causal=*/false)
      .squeeze(2);
}

}  // namespace quartet::model
