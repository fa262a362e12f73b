#pragma once

#include <optional>

#include "quartet/code/xlcost.h"
#include "quartet/eval/code_bleu.h"
#include "quartet/eval/prediction_file.h"
#include "quartet/eval/strict.h"

namespace quartet::eval {

/// What was given up on a row because it would take too long or too much stack.
enum class BudgetLimit : unsigned char {
  kNone,
  kParse,     ///< a tree: syntax and data-flow are those of a text without structure
  kDataflow,  ///< a data-flow: unknown
  kDepth,     ///< too deep for Python, which leaves a text without data-flow in compat
};

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
  BudgetLimit over_budget = BudgetLimit::kNone;
  std::vector<code::XlcostDamage> reference_damage;  ///< of all references; only where texts are detokenised
};

struct ScoreOptions {
  bool compat = true;
  bool strict = true;
  CompatOptions python;       ///< which Python the compat score repeats
  bool detok_xlcost = false;  ///< predictions and references are XLCoST's tokens: source text is made of them first
  Weights weights = kEqualWeights;
};

/// Scores one row; depends on nothing but its arguments. Any thread. Throws: ResourceError if memory runs out.
ScoredRow score_row(EvalRow row, const ScoreOptions& options);

}  // namespace quartet::eval
