#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "quartet/arch/model_config.h"

namespace quartet::checkpoint {

/// How the tensors of a model directory are named and cut.
enum class NameLayout {
  kClassic,  ///< Hugging Face; experts one by one
  kFused,    ///< Hugging Face, transformers 5: the experts of a layer in two tensors
  kNative,   ///< Mistral's own names; rows of q and k in interleaved order
};

/// What of a stored tensor is the tensor with a classic name.
struct TensorSource {
  std::string stored_name;
  std::int64_t expert = -1;  ///< >= 0: this index of dim 0 of a fused tensor
  std::int64_t row = 0;      ///< rows [row, row + num_rows) of what is left; num_rows 0 = all
  std::int64_t num_rows = 0;
  std::int64_t rotary_heads = 0;  ///< > 0: rows are put from interleaved into rotate-half order, per head
};

/// A tensor with a classic name that a stored tensor yields.
struct NamedSource {
  std::string classic_name;
  TensorSource source;
};

/// For every tensor that a file of that layout may hold and that is not named or laid out classically: what it yields.
std::unordered_map<std::string, std::vector<NamedSource>> layout_table(NameLayout layout,
                                                                       const arch::ModelConfig& config);
/// The shape that a fused tensor must have to be cut; empty for all other names.
std::unordered_map<std::string, std::vector<std::int64_t>> fused_shapes(const arch::ModelConfig& config);

}  // namespace quartet::checkpoint
