#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>

#include "quartet/eval/prediction_file.h"
#include "quartet/eval/statistics.h"

namespace quartet::eval {

/// A number that stands for a row's task: language, id and sample.
std::uint64_t task_key(const EvalRow& row);

/// Scores that other predictions of the same tasks got, to show what changed.
class Baseline {
 public:
  struct Scores {
    double compat = kUndefined;
    double strict = kUndefined;
  };

  /// Reads a folder that `evaluate codebleu` wrote with the settings of `header`.
  /// Throws: DataError if a file is missing or damaged, or the settings differ.
  Baseline(const std::filesystem::path& directory, const nlohmann::json& header);

  /// Undefined where the baseline lacks the task or the score.
  Scores find(const EvalRow& row) const;
  /// The folder's name, for people.
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::unordered_map<std::uint64_t, Scores> scores_;
};

}  // namespace quartet::eval
