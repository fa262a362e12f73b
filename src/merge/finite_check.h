#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

namespace quartet::merge {

/// The first element that is NaN or infinite, as "element [3, 5] is nan"; nothing where all are finite. One pass over
/// the values. `first_row`: of the whole tensor, where `values` are some rows of it. Shapes: any, on the CPU, of a
/// float type.
std::optional<std::string> find_not_finite(const at::Tensor& values, std::int64_t first_row = 0);

}  // namespace quartet::merge
