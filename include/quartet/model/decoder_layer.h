#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <variant>

#include "quartet/model/attention.h"
#include "quartet/model/mlp.h"
#include "quartet/model/moe_mlp.h"
#include "quartet/model/pass.h"

namespace quartet::model {

/// RMSNorm with its gain. Shapes: x [N, D] -> [N, D].
struct RmsNorm {
  at::Tensor gain;  // [D]
  double eps;

  at::Tensor forward(const at::Tensor& x) const { return rms_norm(x, gain, eps); }
};

/// One decoder block: attention, then a dense or a sparse feed-forward part, each behind a norm and beside a residual.
///
/// Shapes: h [N, D] -> [N, D].
class DecoderLayer {
 public:
  DecoderLayer(std::int64_t index, RmsNorm input_norm, Attention attention, RmsNorm post_attention_norm,
               std::variant<Mlp, MoeMlp> mlp);

  at::Tensor forward(const at::Tensor& h, const Pass& pass) const;

 private:
  at::Tensor feed_forward(const at::Tensor& x, const Pass& pass) const;

  std::int64_t index_;
  RmsNorm input_norm_;
  Attention attention_;
  RmsNorm post_attention_norm_;
  std::variant<Mlp, MoeMlp> mlp_;
};

}  // namespace quartet::model
