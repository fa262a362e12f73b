#include "safetensors_dtype.h"

#include <array>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {
namespace {

// In the reference's ascending order, which decides where the writer puts a tensor.
const std::array<SafetensorsDtype, 22> kDtypes{{
    {"BOOL", 8, at::kBool},
    {"F4", 4, std::nullopt},
    {"F6_E2M3", 6, std::nullopt},
    {"F6_E3M2", 6, std::nullopt},
    {"U8", 8, at::kByte},
    {"I8", 8, at::kChar},
    {"F8_E5M2", 8, std::nullopt},
    {"F8_E4M3", 8, std::nullopt},
    {"F8_E8M0", 8, std::nullopt},
    {"F8_E4M3FNUZ", 8, std::nullopt},
    {"F8_E5M2FNUZ", 8, std::nullopt},
    {"I16", 16, at::kShort},
    {"U16", 16, std::nullopt},
    {"F16", 16, at::kHalf},
    {"BF16", 16, at::kBFloat16},
    {"I32", 32, at::kInt},
    {"U32", 32, std::nullopt},
    {"F32", 32, at::kFloat},
    {"C64", 64, std::nullopt},
    {"F64", 64, at::kDouble},
    {"I64", 64, at::kLong},
    {"U64", 64, std::nullopt},
}};

}  // namespace

const SafetensorsDtype* find_dtype(std::string_view name) {
  for (const SafetensorsDtype& dtype : kDtypes) {
    if (dtype.name == name) return &dtype;
  }
  return nullptr;
}

const SafetensorsDtype& dtype_of(at::ScalarType type) {
  for (const SafetensorsDtype& dtype : kDtypes) {
    if (dtype.scalar_type == type) return dtype;
  }
  throw StateError(base::cat("[safetensors] ", c10::toString(type), " is no type that is written"));
}

int dtype_order(const SafetensorsDtype& dtype) {
  return static_cast<int>(&dtype - kDtypes.data());
}

}  // namespace quartet::checkpoint
