#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "quartet/checkpoint/adapter_file.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/model/transformer.h"

namespace quartet::train {

/// Keeps other processes from writing to a directory for as long as it lives; the kernel lets go when a process ends.
class DirectoryLock {
 public:
  /// Throws: ConfigError if another process has the lock.
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int descriptor_;
};

/// The output directory of a run: config.resolved.yaml and metrics.jsonl grow with it; adapter/ or model/ appears by
/// rename, and only after a run that succeeded; manifest.json comes last, so a run without it did not complete.
///
/// A run that did not complete is started again in its place. A complete one is only replaced on demand: the new one
/// is written to unfinished_run/ within and changes places with it when it is complete too.
class RunDirectory {
 public:
  /// Throws: ConfigError if the directory is not empty, holds more than a run that did not complete and `overwrite` is
  /// off, or if another run is being written to it.
  static void check(const std::filesystem::path& directory, bool overwrite);

  /// Removes what a run that did not complete left, and nothing else. Throws: as `check`; ResourceError.
  RunDirectory(std::filesystem::path directory, bool overwrite);

  /// Where the files are until `complete`: the directory, or unfinished_run/ in it.
  const std::filesystem::path& files() const { return files_; }
  bool replaces_a_run() const { return files_ != directory_; }

  void write_config(std::string_view yaml) const;
  /// One row of metrics.jsonl, visible at once. Throws: ResourceError.
  void append_metrics(const nlohmann::ordered_json& row);
  /// Writes adapter/, reads it back, compares and renames. Throws: ResourceError; CheckpointError if it is not the
  /// same.
  void commit_adapter(const checkpoint::AdapterFile& adapter) const;
  /// Writes model/ with the base's tokenizer files: each weight in `dtype`, or as the base stores it, rounded once.
  void commit_model(const model::Transformer& model, const checkpoint::CheckpointReader& base,
                    std::optional<at::ScalarType> dtype) const;
  /// Writes report.html, then manifest.json, and puts the run in the place of an earlier one. Throws: ResourceError.
  void complete(const nlohmann::json& manifest) const;

 private:
  void prepare(bool overwrite);

  std::filesystem::path directory_;
  std::filesystem::path files_;
  std::unique_ptr<DirectoryLock> lock_;
  std::ofstream metrics_;
};

}  // namespace quartet::train
