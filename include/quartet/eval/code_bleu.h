#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"
#include "quartet/eval/ngram_match.h"
#include "quartet/eval/python_set.h"
#include "quartet/eval/tree_cache.h"

namespace quartet::eval {

/// Weights of n-gram, weighted n-gram, syntax and data-flow match.
using Weights = std::array<double, 4>;
inline constexpr Weights kEqualWeights{0.25, 0.25, 0.25, 0.25};
inline constexpr Weights kPaperWeights{0.1, 0.1, 0.4, 0.4};

/// What codebleu 0.6.0 adds up over the rows of a corpus.
struct CompatCounts {
  NgramCounts ngram;
  NgramCounts weighted;
  std::uint64_t syntax_matches = 0;
  std::uint64_t syntax_total = 0;
  std::uint64_t dataflow_matches = 0;
  std::uint64_t dataflow_total = 0;
  bool too_deep = false;     ///< Python reaches its recursion limit, which leaves a text without data-flow
  bool over_budget = false;  ///< a parse or nested loops were given up (upstream would not end): data-flow unknown

  // For what upstream's defects do to the score.
  double prediction_weight = 0;                         ///< of the prediction's unigrams, as they count in `weighted`
  std::uint64_t unordered_matches = 0;                  ///< data-flow matches if sources were sets
  std::vector<std::uint64_t> dataflow_matches_by_seed;  ///< by CompatOptions::other_seeds

  CompatCounts& operator+=(const CompatCounts& other);
};

/// codebleu 0.6.0's five numbers. `dataflow` is 0 where no reference has a flow; inside `codebleu` a 0 counts as 1.
struct CompatScore {
  double codebleu = 0;
  double ngram = 0;
  double weighted = 0;
  double syntax = 0;
  double dataflow = 0;
};

/// Which Python is repeated.
struct CompatOptions {
  PythonHashing hashing;
  std::vector<std::uint32_t> other_seeds;  ///< hash seeds at which data-flow matches are counted as well
};

/// Counts of one prediction against its references (at least one).
/// Input: valid UTF-8. `trees` may share parses with other users of the same row.
/// Source: codebleu 0.6.0 with the grammars that its setup.py pins.
CompatCounts count_compat(code::Grammar grammar, std::span<const std::string> references, std::string_view prediction,
                          const CompatOptions& options, TreeCache& trees);

CompatScore compat_score(const CompatCounts& counts, const Weights& weights = kEqualWeights);

}  // namespace quartet::eval
