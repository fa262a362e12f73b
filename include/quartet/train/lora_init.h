#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/checkpoint/adapter_file.h"

namespace quartet::train {

struct LoraOptions {
  std::int64_t rank = 16;
  std::optional<double> alpha;  ///< absent: 2 * rank
  double dropout = 0;
  std::vector<std::string> target_modules;  ///< module suffixes; empty = every linear layer but the head
  bool use_rslora = false;

  /// Every value that is out of its range, under its flag's name.
  std::vector<std::string> problems() const;
};

/// A new adapter: A uniform in +-1/sqrt(in), B zero, so that it changes nothing yet. The draws are those of PEFT after
/// torch.manual_seed(seed) on the CPU, so both start alike.
///
/// Throws: ConfigError for a target that the model does not have.
/// Source: peft 0.21 LoraLayer.reset_lora_parameters.
checkpoint::AdapterFile init_adapter(const arch::ModelConfig& model, const LoraOptions& options,
                                     const std::string& base_model, std::uint64_t seed);

}  // namespace quartet::train
