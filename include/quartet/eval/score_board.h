#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "quartet/eval/baseline.h"
#include "quartet/eval/defects.h"
#include "quartet/eval/exact_sum.h"
#include "quartet/eval/score_rows.h"

namespace quartet::eval {

/// What is kept of a row after scoring: everything but its texts.
struct RowScores {
  CompatScore compat;
  StrictScore strict;
  code::Grammar grammar = code::Grammar::kPython;
  std::optional<code::Grammar> detected_language;
  bool exact_match = false;
  bool prediction_parses = false;
  bool reference_parses = false;
  bool truncated = false;
  bool over_budget = false;
  bool reference_damaged = false;
  bool reference_has_dataflow = false;  ///< as compat sees it
  std::array<double, kNumDefects> corrected{};  ///< compat.codebleu with one of upstream's defects corrected
  Baseline::Scores before;                      ///< of the baseline; undefined where there is none
  double lowest_by_seed = 0;                    ///< of compat.codebleu over the other hash seeds …
  double highest_by_seed = 0;
  std::uint64_t order = 0;  ///< statistics go through the rows by this, so that the file's order plays no part
};

/// Counts of several rows added up; the same for any order of the rows.
class Pool {
 public:
  void add(const ScoredRow& row, std::span<const double> scores_by_seed);
  CompatCounts compat() const;
  StrictCounts strict() const;
  /// Mean of the rows' `codebleu` at each of CompatOptions::other_seeds.
  std::vector<double> means_by_seed() const;

 private:
  std::size_t num_rows_ = 0;
  CompatCounts compat_;
  StrictCounts strict_;
  std::vector<ExactSum> sums_by_seed_;
  // The unigrams' weights are no whole numbers, so that their sums would depend on the order.
  ExactSum compat_matches_, compat_totals_, strict_matches_, strict_totals_;
};

/// Collects scored rows: numbers of all of them, texts of the worst.
class ScoreBoard {
 public:
  /// Rows rank by what they lost against `baseline` (may be null), then by score: the strict one, or the compat one
  /// where strict is off. The worst are kept, `num_samples` in all, as many of each language.
  ScoreBoard(const ScoreOptions& options, std::size_t num_samples, const Baseline* baseline = nullptr)
      : options_(options), num_samples_(num_samples), baseline_(baseline) {}

  void add(ScoredRow row);
  /// After the last `add`: puts the rows into their order.
  void finish();

  std::span<const RowScores> rows() const { return rows_; }
  const Pool& overall() const { return overall_; }
  const std::map<code::Grammar, Pool>& languages() const { return languages_; }
  /// Rows with their texts, worst first.
  std::span<const ScoredRow> worst() const { return worst_; }
  const Baseline* baseline() const { return baseline_; }

 private:
  bool is_worse(const ScoredRow& a, const ScoredRow& b) const;

  ScoreOptions options_;
  std::size_t num_samples_;
  const Baseline* baseline_;
  std::vector<RowScores> rows_;
  Pool overall_;
  std::map<code::Grammar, Pool> languages_;
  std::map<code::Grammar, std::vector<ScoredRow>> worst_of_;  // heaps with the best of them in front, until `finish`
  std::vector<ScoredRow> worst_;
};

}  // namespace quartet::eval
