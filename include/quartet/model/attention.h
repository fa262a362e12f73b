#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "quartet/arch/model_config.h"
#include "quartet/model/linear.h"
#include "quartet/model/pass.h"

namespace quartet::model {

/// Grouped-query causal self-attention with rotary positions.
///
/// Shapes: x [N, D] -> [N, D].
/// Throws: StateError if the cache has no room.
/// Source: arXiv:2310.06825 sec. 2.
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
