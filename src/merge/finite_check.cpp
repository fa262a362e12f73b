#include "finite_check.h"

#include <ATen/ATen.h>

#include <atomic>

#include "blend_kernels.h"
#include "block_io.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

bool any_not_finite(at::ScalarType dtype, const void* data, std::int64_t begin, std::int64_t n) {
  const BlendKernels& kernels = blend_kernels();
  if (dtype == at::kFloat) return kernels.any_not_finite(static_cast<const float*>(data) + begin, n);
  const auto* bits = static_cast<const std::uint16_t*>(data) + begin;
  return dtype == at::kBFloat16 ? kernels.any_not_finite_bfloat16(bits, n) : kernels.any_not_finite_float16(bits, n);
}

}  // namespace

std::optional<std::string> find_not_finite(const at::Tensor& values, std::int64_t first_row) {
  const at::ScalarType dtype = values.scalar_type();
  const bool known = dtype == at::kFloat || dtype == at::kBFloat16 || dtype == at::kHalf;
  const at::Tensor flat = (known ? values : values.to(at::kFloat)).contiguous().view({-1});
  std::atomic<bool> found = false;
  for_each_block(flat.numel(), [&](std::int64_t begin, std::int64_t n) {
    if (any_not_finite(flat.scalar_type(), flat.const_data_ptr(), begin, n)) found = true;
  });
  if (!found) return std::nullopt;
  const std::int64_t first = at::isfinite(flat).logical_not().nonzero()[0].item<std::int64_t>();
  std::vector<std::int64_t> place(values.dim());
  std::int64_t rest = first;
  for (std::int64_t d = values.dim() - 1; d >= 0; --d) {
    place[d] = rest % values.size(d);
    rest /= values.size(d);
  }
  if (!place.empty()) place.front() += first_row;
  return base::cat("element ", tensor::shape_text(place), " is ", flat[first].item<float>());
}

}  // namespace quartet::merge
