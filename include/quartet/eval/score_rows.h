#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quartet/eval/code_bleu.h"
#include "quartet/eval/prediction_file.h"
#include "quartet/eval/strict.h"

namespace quartet::eval {

/// Everything that is known about one prediction after scoring.
struct ScoredRow {
  EvalRow row;
  CompatCounts compat;
  StrictCounts strict;
  CompatScore compat_score;
  StrictScore strict_score;
  std::size_t best_reference = 0;  ///< the one that the strict score is against
  bool exact_match = false;        ///< equal to a reference but for blanks around it
  bool prediction_parses = false;
  bool reference_parses = false;
  std::optional<code::Grammar> detected_language;
};

struct ScoreOptions {
  bool compat = true;
  bool strict = true;
  std::uint32_t hash_seed = 0;
  Weights weights = kEqualWeights;
  int num_threads = 1;
};

/// Scores rows in any number of threads; the result does not depend on it. Throws: Stopped on a signal.
std::vector<ScoredRow> score_rows(std::vector<EvalRow> rows, const ScoreOptions& options);

}  // namespace quartet::eval
