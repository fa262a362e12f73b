#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string_view>

namespace quartet::tensor {

/// Checks a tensor's shape; -1 matches any extent. Throws: ShapeError "[where] name has shape …, expected …".
void check_shape(std::string_view where, std::string_view name, const at::Tensor& value,
                 std::initializer_list<std::int64_t> expected);

}  // namespace quartet::tensor
