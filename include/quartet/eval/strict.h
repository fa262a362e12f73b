#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "quartet/eval/code_bleu.h"

namespace quartet::eval {

/// What the strict score adds up over the rows of a corpus.
struct StrictCounts {
  NgramCounts ngram;
  NgramCounts weighted;                  ///< unigrams weighted, higher orders as in `ngram`
  std::array<bool, kMaxOrder> active{};  ///< orders that either side is long enough for
  std::uint64_t syntax_matches = 0;
  std::uint64_t syntax_total = 0;
  std::uint64_t dataflow_matches = 0;
  std::uint64_t dataflow_total = 0;
  bool dataflow_unknown = false;  ///< a side was too deep, over budget or not parsed
  bool parse_given_up = false;    ///< the parser came to no end on a side: its tokens are its words, it has no sub-trees
  bool has_tokens = false;        ///< the prediction has any

  StrictCounts& operator+=(const StrictCounts& other);
};

/// The strict components; null where undefined: syntax where the reference has no error-free inner node, data-flow
/// where the reference has none. `score` = weighted mean of what is defined.
struct StrictScore {
  double score = 0;
  double ngram = 0;
  double weighted = 0;
  std::optional<double> syntax;
  std::optional<double> dataflow;
};

/// One text as the strict score sees it: valid UTF-8, no byte-order mark, LF line ends, no blanks around it. PHP without
/// a tag gets one: without it the grammar takes everything for one piece of HTML, equal to any other.
std::string strict_text(std::string_view text, code::Grammar grammar);

/// Counts of one prediction against one reference, both from `strict_text`: tokens of the tree, comments and docstrings
/// gone, precision with true lengths, clipped sub-trees, own data-flow rules. Identical texts score 1.
StrictCounts count_strict(const code::SyntaxTree& prediction, const code::SyntaxTree& reference);

StrictScore strict_score(const StrictCounts& counts, const Weights& weights = kEqualWeights);

}  // namespace quartet::eval
