#pragma once

#include <ATen/core/Tensor.h>

#include "quartet/model/linear.h"

namespace quartet::model {

/// SwiGLU feed-forward block: down(silu(gate(x)) * up(x)). Shapes: x [N, D] -> [N, D].
class Mlp {
 public:
  Mlp(const Linear* gate, const Linear* up, const Linear* down) : gate_(gate), up_(up), down_(down) {}

  at::Tensor forward(const at::Tensor& x, PassKind kind) const;

 private:
  const Linear* gate_;  // [F, D]
  const Linear* up_;    // [F, D]
  const Linear* down_;  // [D, F]
};

}  // namespace quartet::model
