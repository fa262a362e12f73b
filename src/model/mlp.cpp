#include "quartet/model/mlp.h"

#include "quartet/model/elementwise.h"

namespace quartet::model {

at::Tensor Mlp::forward(const at::Tensor& x, PassKind kind) const {
  const auto gate_up = Linear::forward_all({gate_, up_}, x, kind);  // 2 x [N, F]
  return down_->forward(silu_mul(gate_up[0], gate_up[1]), kind);
}

}  // namespace quartet::model
