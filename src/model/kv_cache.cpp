#include "quartet/model/kv_cache.h"

#include <algorithm>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/kernels/kernels.h"
#include "quartet/model/matmul.h"

namespace quartet::model {

KvCache::KvCache(const arch::ModelConfig& config, std::int64_t num_slots, std::int64_t max_tokens, at::ScalarType dtype,
                 const at::Device& device)
    : capacity_(std::min(max_tokens, config.sliding_window.value_or(max_tokens))), max_tokens_(max_tokens) {
  if (num_slots < 1 || max_tokens < 1) {
    throw StateError(base::cat("[kv_cache] ", num_slots, " slots of ", max_tokens, " tokens: both must be positive"));
  }
  lengths_.assign(static_cast<std::size_t>(num_slots), 0);
  const auto options = at::TensorOptions().dtype(dtype).device(device);
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    for (auto* store : {&keys_, &values_}) {
      store->push_back(at::empty({num_slots, config.num_key_value_heads, capacity_, config.head_dim}, options));
    }
  }
}

void KvCache::check_room(std::int64_t slot, std::int64_t num_tokens) const {
  if (slot < 0 || slot >= num_slots()) {
    throw StateError(base::cat("[kv_cache] slot ", slot, " of ", num_slots()));
  }
  if (length(slot) + num_tokens > max_tokens_) {
    throw StateError(base::cat("[kv_cache] slot ", slot, " holds ", length(slot), " of ", max_tokens_,
                               " tokens and cannot take ", num_tokens, " more"));
  }
}

/// kept [Hkv, cap, K], fresh [Hkv, T, K] -> [Hkv, past + T, K].
at::Tensor KvCache::append_one(at::Tensor kept, std::int64_t start, const at::Tensor& fresh) const {
  const std::int64_t num_fresh = fresh.size(1);  // T
  if (start + num_fresh <= capacity_) {          // nothing has wrapped: positions lie in order
    kept.narrow(1, start, num_fresh).copy_(fresh);
    // What is already in the right type is read where it lies, including the new tokens as they were rounded.
    return kept.narrow(1, 0, start + num_fresh).to(fresh.scalar_type());
  }
  const auto options = at::TensorOptions().dtype(at::kLong).device(kept.device());
  // The first new token sees capacity - 1 older positions; read them before they are overwritten.
  const std::int64_t past = std::min(start, capacity_ - 1);
  const auto old_places = at::arange(start - past, start, options).remainder(capacity_);  // [past]
  const auto rounded = fresh.to(kept.scalar_type());                                      // [Hkv, T, K]
  auto seen = at::cat({kept.index_select(1, old_places), rounded}, 1).to(fresh.scalar_type());
  const std::int64_t num_kept = std::min(num_fresh, capacity_);
  const std::int64_t end = start + num_fresh;
  const auto new_places = at::arange(end - num_kept, end, options).remainder(capacity_);  // [num_kept]
  kept.index_copy_(1, new_places, rounded.narrow(1, num_fresh - num_kept, num_kept));
  return seen;
}

std::pair<at::Tensor, at::Tensor> KvCache::append(std::int64_t layer, std::int64_t slot, const at::Tensor& k,
                                                  const at::Tensor& v) {
  const std::int64_t start = length(slot);
  return {append_one(keys(layer).select(0, slot), start, k), append_one(values(layer).select(0, slot), start, v)};
}

void KvCache::append_each(std::int64_t layer, const std::vector<std::int64_t>& slots, const at::Tensor& k,
                          const at::Tensor& v) {
  const std::int64_t num_heads = keys(layer).size(1);  // Hkv
  const std::int64_t head_dim = keys(layer).size(3);   // K
  for (const auto& [store, fresh] : {std::pair(&keys(layer), &k), std::pair(&values(layer), &v)}) {
    for (std::size_t b = 0; b < slots.size(); ++b) {
      const std::int64_t place = length(slots[b]) % capacity_;
      const auto row = fresh->select(0, static_cast<std::int64_t>(b));  // [Hkv * K]
      if (!fresh->is_cpu() || fresh->scalar_type() != at::kFloat) {
        store->select(0, slots[b]).select(1, place).copy_(row.view({num_heads, head_dim}));
        continue;
      }
      auto* bytes = static_cast<char*>(store->mutable_data_ptr());
      for (std::int64_t head = 0; head < num_heads; ++head) {
        const std::int64_t offset = ((slots[b] * num_heads + head) * capacity_ + place) * head_dim;
        kernels::kernels().from_float32(row.const_data_ptr<float>() + head * head_dim, head_dim,
                                        float_type(store->scalar_type()),
                                        bytes + offset * static_cast<std::int64_t>(store->element_size()));
      }
    }
  }
}

}  // namespace quartet::model
