#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "quartet/arch/model_config.h"
#include "quartet/model/linear.h"
#include "quartet/model/pass.h"

namespace quartet::model {

/// Attention of the last T of S positions: query i stands at position S - T + i and sees the keys up to its own, with a
/// window the last `window` of them, itself included. The mask is built here on purpose; there is no unmasked path.
///
/// Shapes: q [B, H, T, K], k, v [B, Hkv, S, K] -> [B, H, T, K]; H is a multiple of Hkv.
/// Source: arXiv:2310.06825 sec. 2.
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            std::optional<std::int64_t> window);

/// One new token of each of B slots against everything that its slot holds; the token's keys and values are there
/// already and `cache` is not advanced yet.
///
/// Shapes: q [B, H * K] -> [B, H * K].
/// Note:   `by_kernels` (a CPU in float32) gives the same bits for any B.
at::Tensor decode_attention(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                            const std::vector<std::int64_t>& slots, bool by_kernels);

/// Grouped-query causal self-attention with rotary positions.
///
/// Shapes: x [N, D] -> [N, D].
/// Throws: StateError if the cache has no room.
class Attention {
 public:
  struct Projections {
    const Linear* query;   // [H * K, D]
    const Linear* key;     // [Hkv * K, D]
    const Linear* value;   // [Hkv * K, D]
    const Linear* output;  // [D, H * K]
  };
  Attention(const arch::ModelConfig& config, std::int64_t layer, Projections projections);

  at::Tensor forward(const at::Tensor& x, const Pass& pass) const;

 private:
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Pass& pass) const;
  at::Tensor split_heads(const at::Tensor& x, const Pass& pass) const;

  Projections projections_;
  std::int64_t layer_;
  std::int64_t head_dim_;
  std::optional<std::int64_t> window_;
};

}  // namespace quartet::model
