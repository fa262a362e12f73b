#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quartet/merge/model_reference.h"

namespace quartet::merge {

/// One expert of a mixture.
struct MoeExpert {
  ModelReference model;
  std::string name;                     ///< key `name` or `language`, else the directory's name
  std::optional<std::string> language;  ///< id, where the key is given
  std::vector<std::string> positive_prompts;
  std::vector<std::string> negative_prompts;
  std::optional<std::filesystem::path> calibration;  ///< JSONL of {"text", "code"}
};

enum class GateMode { kHidden, kHiddenAverage, kCheapEmbed, kRandom, kUniformRandom, kContrastive };

/// A mergekit-moe file with Quartet's keys: `name`, `language`, `calibration` per expert; `template`, `skip_tokens` and
/// `shrinkage` for calibration and contrastive gates.
struct MoeConfig {
  std::string source;  ///< the file, for messages
  std::string text;    ///< the file as it stands
  ModelReference base_model;
  std::vector<MoeExpert> experts;
  GateMode gate_mode = GateMode::kHidden;
  std::string gate_mode_name;
  std::optional<std::string> dtype;
  std::int64_t experts_per_token = 2;
  std::string prompt_template = "study";  ///< how a calibration row becomes a prompt
  std::int64_t skip_tokens = 4;           ///< first tokens of a sequence, after BOS, that gates are not fitted on
  double shrinkage = 0.1;                 ///< of the covariance towards a multiple of the identity

  bool has_calibration() const;
};

struct MoeConfigOptions {
  bool allow_untrained = false;  ///< --i-understand-this-is-not-useful-without-training
};

/// Strict, as read_blend_config. Gate modes and layouts of others are refused by name. Throws: ConfigError.
MoeConfig read_moe_config(const std::filesystem::path& path, const MoeConfigOptions& options = {});

}  // namespace quartet::merge
