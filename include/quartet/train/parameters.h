#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace quartet::train {

/// A trained tensor under the name that messages use.
struct Parameter {
  std::string name;
  at::Tensor value;    ///< a float32 leaf that requires gradients; any shape
  bool decays = true;  ///< false for norm weights
};

/// The gradients of all parameters in one flat float32 tensor, so that zeroing, norm and clipping are one call each.
class GradientBuffer {
 public:
  /// Every parameter's `.grad()` becomes a view into the buffer; backward passes add into it.
  /// Throws: StateError if a value is no float32 leaf that requires gradients.
  explicit GradientBuffer(const std::vector<Parameter>& parameters);

  void zero();
  /// L2 norm over all gradients.
  double norm() const;
  /// Scales the gradients to `max_norm` if `norm` is larger: coefficient max_norm / (norm + 1e-6), at most 1.
  /// Source: torch.nn.utils.clip_grad_norm_.
  void clip(double norm, double max_norm);
  /// [numel] of the parameter.
  at::Tensor slice(std::size_t parameter) const { return slices_[parameter]; }

 private:
  at::Tensor flat_;  // [sum of numel]
  std::vector<at::Tensor> slices_;
};

}  // namespace quartet::train
