#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace quartet::tensor {

/// "float32", "bfloat16", "float16" (an optional "torch." prefix is accepted). Throws: ConfigError naming `where`.
at::ScalarType parse_float_dtype(std::string_view name, const std::string& where);
/// "float32", "bfloat16", … as transformers spells it.
std::string dtype_name(at::ScalarType dtype);
/// "[2, 3]"
std::string shape_text(at::IntArrayRef shape);

}  // namespace quartet::tensor
