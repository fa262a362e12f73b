#pragma once

#include <span>
#include <string>
#include <vector>

namespace quartet::eval {

struct ScoredRow;

/// What the guard found wrong with a set of predictions.
struct GuardReport {
  /// One finding: the check's name and a sentence with its figures.
  struct Finding {
    std::string check;
    std::string message;
  };
  std::vector<Finding> refusals;  ///< the predictions are not what a model answered
  std::vector<Finding> warnings;
};

/// Looks at predictions for the failures that have fooled people: names of languages in place of answers, one answer
/// for everything, a prefix that all share, the wrong language, nothing that parses, answers cut off, prompts echoed.
/// Checks that need many rows look at 20 or more, per language and over all.
GuardReport check_predictions(std::span<const ScoredRow> rows);

/// The name of the check that one row fails by itself ("language_name", "empty", "prompt_echo", "replaced_text"), or
/// "".
std::string row_flag(const ScoredRow& row);

}  // namespace quartet::eval
