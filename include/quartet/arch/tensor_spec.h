#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quartet/arch/model_config.h"

namespace quartet::arch {

enum class TensorRole { kEmbedding, kNorm, kAttention, kMlp, kRouter, kExpert, kHead };

/// One tensor of a model: its name on disk and in the program (classic Hugging Face names), shape and role.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  TensorRole role;
  std::int64_t layer = -1;   ///< -1 outside the layers
  std::int64_t expert = -1;  ///< -1 outside the experts
};

/// Every tensor of a model in model order (embedding, layers, final norm, head unless tied): the one table that loader,
/// merger, exporter and tests share.
std::vector<TensorSpec> tensor_specs(const ModelConfig& config);

}  // namespace quartet::arch
