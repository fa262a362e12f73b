#include "quartet/train/parameters.h"

#include <ATen/ATen.h>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::train {

GradientBuffer::GradientBuffer(const std::vector<Parameter>& parameters) {
  std::int64_t total = 0;
  for (const Parameter& parameter : parameters) {
    const at::Tensor& value = parameter.value;
    if (!value.is_leaf() || !value.requires_grad() || value.scalar_type() != at::kFloat) {
      throw StateError(base::cat("[train] ", parameter.name, " is no float32 leaf that requires gradients"));
    }
    total += value.numel();
  }
  const at::Device device = parameters.empty() ? at::Device(at::kCPU) : parameters.front().value.device();
  flat_ = at::zeros({total}, at::device(device).dtype(at::kFloat));
  std::int64_t begin = 0;
  for (const Parameter& parameter : parameters) {
    slices_.push_back(flat_.narrow(0, begin, parameter.value.numel()));
    parameter.value.mutable_grad() = slices_.back().view(parameter.value.sizes());
    begin += parameter.value.numel();
  }
}

void GradientBuffer::zero() {
  flat_.zero_();
}

double GradientBuffer::norm() const {
  return at::linalg_vector_norm(flat_).item<double>();
}

void GradientBuffer::clip(double norm, double max_norm) {
  const double coefficient = max_norm / (norm + 1e-6);
  if (coefficient < 1) flat_.mul_(coefficient);
}

}  // namespace quartet::train
