#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "quartet/base/config_reader.h"

namespace quartet::merge {

/// A model directory, or a base with a LoRA adapter on it.
struct ModelReference {
  std::filesystem::path model;  ///< as resolved: beside the config file if it is there, else as written
  std::filesystem::path lora;   ///< empty = none
  std::string text;             ///< as the config writes it, for messages and plans

  /// Two spellings of one place are the same reference.
  bool same_as(const ModelReference& other) const;
};

/// Reads "PATH", "PATH+LORA" or {model: {path}, lora: {path}}; paths are relative to `config_directory`, then to the
/// working directory. Revisions (`@`) and architecture overrides are problems of `reader` at `key`, a path that
/// contains
/// `+` or `@` must exist as written or be given in the dictionary form.
ModelReference parse_model_reference(const nlohmann::json& value, const std::filesystem::path& config_directory,
                                     base::ConfigReader& reader, const std::string& key);

}  // namespace quartet::merge
