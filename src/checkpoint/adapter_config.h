#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/checkpoint/adapter_file.h"

namespace quartet::checkpoint {

/// A value for the modules that a pattern names (rank_pattern, alpha_pattern of PEFT).
struct PatternValue {
  std::string pattern;
  double value;
};

/// adapter_config.json, checked and typed.
struct AdapterConfig {
  LoraSettings settings;
  std::vector<PatternValue> rank_patterns;
  std::vector<PatternValue> alpha_patterns;
  /// True if `settings.target_modules` are the names of the file. Else (a regular expression, "all-linear", a choice of
  /// layers) what is adapted follows from the tensors.
  bool has_target_list = false;
  bool is_all_linear = false;
};

/// Throws: CheckpointError for what is no LoRA adapter, is malformed, or would change results and is not supported.
AdapterConfig parse_adapter_config(const nlohmann::json& value, const std::string& source);

/// The value of the first pattern that matches the whole module name or ends it after a dot, else the fallback.
/// Throws: CheckpointError if a pattern is no regular expression.
double resolve_pattern(const std::vector<PatternValue>& patterns, std::string_view module, double fallback,
                       const std::string& source);

/// The file that PEFT 0.4 to 0.21 load.
nlohmann::json to_adapter_config(const AdapterConfig& config);

}  // namespace quartet::checkpoint
