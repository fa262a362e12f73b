#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "quartet/arch/model_config.h"
#include "quartet/checkpoint/adapter_file.h"
#include "quartet/model/transformer.h"

namespace quartet::model::testing {

using TensorMap = std::map<std::string, at::Tensor>;

/// V 50, D 24, L 2, H 4, Hkv 2, K 6, F 32; dense, or Mixtral with `num_experts` of which 2 are chosen.
arch::ModelConfig tiny_config(std::int64_t num_experts = 0);
/// Random weights for a config, large enough that every part of the model shows in the logits.
TensorMap random_weights(const arch::ModelConfig& config, std::uint64_t seed, at::ScalarType dtype = at::kFloat);
/// Writes a checkpoint and loads it.
std::unique_ptr<Transformer> make_model(const arch::ModelConfig& config, const TensorMap& weights,
                                        const LoadOptions& options = {});
std::unique_ptr<Transformer> make_model(const arch::ModelConfig& config, std::uint64_t seed = 1,
                                        const LoadOptions& options = {});
/// LoRA matrices of rank 3 on every linear weight of the config (router and head too); B is random or 0.
checkpoint::AdapterFile random_adapter(const arch::ModelConfig& config, std::uint64_t seed, bool zero_b = false);

}  // namespace quartet::model::testing
