#include "quartet/model/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/kernels/kernels.h"
#include "quartet/model/matmul.h"

namespace quartet::model {
namespace {

/// Queries that share one mask: bounds the mask's memory, and with a window skips the keys that none of them sees.
constexpr std::int64_t kQueryBlock = 256;
/// Multiply-adds of a decode step below which a thread is not worth waking.
constexpr std::int64_t kThreadWork = 32 * 1024;

double score_scale(std::int64_t head_dim) {
  return 1.0 / std::sqrt(static_cast<double>(head_dim));
}

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
  return at::scaled_dot_product_attention(q, k, v, mask, /*dropout_p=*/0.0, is_causal, score_scale(q.size(-1)));
}

/// 0 where query row i at position first_query + i sees key column j at position first_key + j, else -infinity.
at::Tensor visibility(std::int64_t first_query, std::int64_t num_queries, std::int64_t first_key, std::int64_t num_keys,
                      std::optional<std::int64_t> window, const at::TensorOptions& options) {
  const auto longs = at::TensorOptions().dtype(at::kLong).device(options.device());
  const auto rows = at::arange(first_query, first_query + num_queries, longs).unsqueeze(1);  // [T, 1]
  const auto columns = at::arange(first_key, first_key + num_keys, longs).unsqueeze(0);      // [1, S]
  auto hidden = columns > rows;                                                              // [T, S]
  if (window) hidden = hidden.logical_or(columns <= rows - *window);
  return at::zeros({num_queries, num_keys}, options).masked_fill_(hidden, -std::numeric_limits<double>::infinity());
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            std::optional<std::int64_t> window) {
  const std::int64_t num_queries = q.size(2);      // T
  const std::int64_t num_keys = k.size(2);         // S
  const auto keys = repeat_heads(k, q.size(1));    // [B, H, S, K]
  const auto values = repeat_heads(v, q.size(1));  // [B, H, S, K]
  const bool window_matters = window && num_keys > *window;
  if (num_queries == num_keys && !window_matters) return attend(q, keys, values, std::nullopt, /*is_causal=*/true);
  std::vector<at::Tensor> blocks;
  for (std::int64_t begin = 0; begin < num_queries; begin += kQueryBlock) {
    const std::int64_t rows = std::min(kQueryBlock, num_queries - begin);
    const std::int64_t first_query = num_keys - num_queries + begin;  // position of this block's first query
    const std::int64_t first_key = window_matters ? std::max<std::int64_t>(0, first_query - *window + 1) : 0;
    const std::int64_t columns = first_query + rows - first_key;
    const auto mask = visibility(first_query, rows, first_key, columns, window, q.options().requires_grad(false));
    blocks.push_back(attend(q.narrow(2, begin, rows), keys.narrow(2, first_key, columns),
                            values.narrow(2, first_key, columns), mask, /*is_causal=*/false));
  }
  return blocks.size() == 1 ? blocks[0] : at::cat(blocks, 2);
}

namespace {

void decode_attention_kernels(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                              const std::vector<std::int64_t>& slots, const at::Tensor& out) {
  const auto& keys = cache.keys(layer);      // [slots, Hkv, capacity, K]
  const auto& values = cache.values(layer);  // [slots, Hkv, capacity, K]
  const std::int64_t num_kv_heads = keys.size(1);
  const std::int64_t head_dim = keys.size(3);
  const std::int64_t group = q.size(1) / (num_kv_heads * head_dim);
  const kernels::FloatType type = float_type(keys.scalar_type());
  const auto at_head = [&](const at::Tensor& store, std::int64_t slot, std::int64_t head) {
    const std::int64_t offset = slot * store.stride(0) + head * store.stride(1);
    const auto* bytes = static_cast<const char*>(store.const_data_ptr());
    return kernels::FloatRows{bytes + offset * static_cast<std::int64_t>(store.element_size()), type, head_dim};
  };
  std::int64_t work = 0;
  for (const std::int64_t slot : slots) work += 2 * q.size(1) * std::min(cache.length(slot) + 1, cache.capacity());
  const auto jobs = static_cast<std::int64_t>(slots.size()) * num_kv_heads;
  at::parallel_for(
      0, jobs, std::max<std::int64_t>(1, kThreadWork * jobs / work), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t job = begin; job < end; ++job) {
          const std::int64_t row = job / num_kv_heads;
          const std::int64_t head = job % num_kv_heads;
          const std::int64_t slot = slots[static_cast<std::size_t>(row)];
          const std::int64_t offset = row * q.size(1) + head * group * head_dim;
          kernels::kernels().decode_attention({.queries = q.const_data_ptr<float>() + offset,
                                               .keys = at_head(keys, slot, head),
                                               .values = at_head(values, slot, head),
                                               .out = out.mutable_data_ptr<float>() + offset,
                                               .num_queries = group,
                                               .num_keys = std::min(cache.length(slot) + 1, cache.capacity()),
                                               .head_dim = head_dim,
                                               .scale = static_cast<float>(score_scale(head_dim))});
        }
      });
}

/// The order of a ring's places does not matter to attention, only which of them are in use.
at::Tensor decode_attention_composed(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                                     const std::vector<std::int64_t>& slots) {
  std::vector<std::int64_t> in_use;
  for (const std::int64_t slot : slots) in_use.push_back(std::min(cache.length(slot) + 1, cache.capacity()));
  const std::int64_t longest = *std::max_element(in_use.begin(), in_use.end());  // S
  const auto longs = at::TensorOptions().dtype(at::kLong).device(q.device());
  const auto places = at::tensor(slots, longs);         // [B]
  const auto of_slots = [&](const at::Tensor& store) {  // [B, Hkv, S, K]
    return store.narrow(2, 0, longest).index_select(0, places).to(q.scalar_type());
  };
  const auto unused = at::arange(longest, longs).unsqueeze(0) >= at::tensor(in_use, longs).unsqueeze(1);  // [B, S]
  const auto mask =
      at::zeros({unused.size(0), longest}, q.options()).masked_fill_(unused, -std::numeric_limits<double>::infinity());
  const std::int64_t head_dim = cache.keys(layer).size(3);
  const auto heads = q.view({q.size(0), -1, 1, head_dim});  // [B, H, 1, K]
  // What was never written may be NaN, and 0 * NaN is NaN: only what is in use may enter the sum.
  const auto values = of_slots(cache.values(layer)).masked_fill(unused.unsqueeze(1).unsqueeze(-1), 0);
  const auto keys = of_slots(cache.keys(layer)).masked_fill(unused.unsqueeze(1).unsqueeze(-1), 0);
  return attend(heads, repeat_heads(keys, heads.size(1)), repeat_heads(values, heads.size(1)),
                mask.unsqueeze(1).unsqueeze(1), /*is_causal=*/false)
      .reshape(q.sizes());
}

}  // namespace

at::Tensor decode_attention(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                            const std::vector<std::int64_t>& slots, bool by_kernels) {
  if (!by_kernels) return decode_attention_composed(q, cache, layer, slots);
  auto out = at::empty_like(q);  // [B, H * K]
  decode_attention_kernels(q, cache, layer, slots, out);
  return out;
}

Attention::Attention(const arch::ModelConfig& config, std::int64_t layer, Projections projections)
    : projections_(projections), layer_(layer), head_dim_(config.head_dim), window_(config.sliding_window) {}

at::Tensor Attention::split_heads(const at::Tensor& x, const Pass& pass) const {
  return x.view({pass.batch, pass.tokens, -1, head_dim_}).transpose(1, 2);  // [B, heads, T, K]
}

at::Tensor Attention::attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Pass& pass) const {
  if (pass.kind == PassKind::kDecode) {
    pass.cache->append_each(layer_, pass.slots, k, v);
    return decode_attention(q, *pass.cache, layer_, pass.slots, q.is_cpu() && q.scalar_type() == at::kFloat);
  }
  auto keys = split_heads(k, pass);    // [B, Hkv, T, K]
  auto values = split_heads(v, pass);  // [B, Hkv, T, K]
  if (pass.cache != nullptr) {
    const auto seen = pass.cache->append(layer_, pass.slots[0], keys[0], values[0]);
    keys = seen.first.unsqueeze(0);     // [1, Hkv, S, K]
    values = seen.second.unsqueeze(0);  // [1, Hkv, S, K]
  }
  return causal_attention(split_heads(q, pass), keys, values, window_).transpose(1, 2).reshape(q.sizes());
}

at::Tensor Attention::forward(const at::Tensor& x, const Pass& pass) const {
  const auto qkv = Linear::forward_all({projections_.query, projections_.key, projections_.value}, x, pass.kind);
  const auto q = rope(qkv[0], pass.rope);  // [N, H * K]
  const auto k = rope(qkv[1], pass.rope);  // [N, Hkv * K]
  return projections_.output->forward(attend(q, k, qkv[2], pass), pass.kind);
}

}  // namespace quartet::model
