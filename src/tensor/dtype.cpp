#include "quartet/tensor/dtype.h"

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::tensor {

at::ScalarType parse_float_dtype(std::string_view name, const std::string& where) {
  std::string_view plain = name;
  if (plain.starts_with("torch.")) plain.remove_prefix(6);
  if (plain == "float32") return at::kFloat;
  if (plain == "bfloat16") return at::kBFloat16;
  if (plain == "float16") return at::kHalf;
  throw ConfigError(base::cat(where, ": got ", base::excerpt(name), ", expected float32, bfloat16 or float16"));
}

std::string dtype_name(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "float32";
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    case at::kDouble:
      return "float64";
    case at::kByte:
      return "uint8";
    case at::kChar:
      return "int8";
    case at::kShort:
      return "int16";
    case at::kInt:
      return "int32";
    case at::kLong:
      return "int64";
    case at::kBool:
      return "bool";
    default:
      return c10::toString(dtype);
  }
}

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += base::cat(i ? ", " : "", shape[i]);
  return text + "]";
}

}  // namespace quartet::tensor
