#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string_view>

namespace quartet::checkpoint {

/// One element type of the safetensors format.
struct SafetensorsDtype {
  std::string_view name;
  unsigned bits;
  std::optional<at::ScalarType> scalar_type;  ///< where Quartet reads and writes it as a tensor
};

/// Null if the format has no such type.
const SafetensorsDtype* find_dtype(std::string_view name);
/// Throws: StateError for a type that Quartet does not write.
const SafetensorsDtype& dtype_of(at::ScalarType type);
/// The writer's order: tensors of the higher type come first in the file.
int dtype_order(const SafetensorsDtype& dtype);

}  // namespace quartet::checkpoint
