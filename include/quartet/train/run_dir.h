#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "quartet/checkpoint/adapter_file.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/model/transformer.h"

namespace quartet::train {

/// The output directory of a run: config.resolved.yaml and metrics.jsonl grow with it; adapter/ or model/ appears by
/// rename, and only after a run that succeeded.
class RunDirectory {
 public:
  /// The directory must be absent or empty unless `overwrite`, which removes what an earlier run wrote (nothing else).
  /// Throws: ConfigError; ResourceError.
  RunDirectory(std::filesystem::path directory, bool overwrite);

  void write_config(std::string_view yaml) const;
  /// One row of metrics.jsonl, visible at once. Throws: ResourceError.
  void append_metrics(const nlohmann::ordered_json& row);
  /// Writes adapter/, reads it back, compares and renames. Throws: ResourceError; CheckpointError if it is not the
  /// same.
  void commit_adapter(const checkpoint::AdapterFile& adapter) const;
  /// Writes model/ with the base's tokenizer files: each weight in `dtype`, or as the base stores it, rounded once.
  void commit_model(const model::Transformer& model, const checkpoint::CheckpointReader& base,
                    std::optional<at::ScalarType> dtype) const;
  void write_manifest(const nlohmann::json& manifest) const;

 private:
  std::filesystem::path directory_;
  std::ofstream metrics_;
};

}  // namespace quartet::train
