#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "quartet/base/atomic_file.h"
#include "quartet/jobs/merge/merge_job.h"
#include "quartet/merge/executor.h"

namespace quartet::jobs {

/// The output of a merge: staged beside its place, filled, and renamed into it at the end.
class ModelDirectory {
 public:
  /// `options` must outlive it. Throws: ConfigError if the place is taken.
  explicit ModelDirectory(const MergeOptions& options);

  /// Weights, config.json, merge_plan.json and the donor's tokenizer files.
  merge::FoldReport write(const merge::MergePlan& plan, const merge::InputModels& models, std::size_t donor,
                          const std::map<std::string, at::Tensor>& computed);
  void write_text(const std::string& name, const std::string& text);
  /// Checks what was written against its own config, adds manifest.json, renames.
  void commit(const std::string& program, const nlohmann::json& resolved, const merge::InputModels& models);

 private:
  const MergeOptions& options_;
  std::uint64_t max_shard_bytes_;
  base::AtomicDirectory directory_;
};

}  // namespace quartet::jobs
