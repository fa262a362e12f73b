#pragma once

#include <cstdint>
#include <vector>

#include "quartet/code/s_expression.h"
#include "quartet/eval/dataflow/flow_engine.h"
#include "quartet/eval/python_set.h"

namespace quartet::eval {

/// The data-flow of one text, names replaced by numbers in order of appearance: one hash for each (variable, relation,
/// sources), sorted, with repeats.
struct DataFlow {
  std::vector<code::Hash128> edges;
  FlowFailure failure = FlowFailure::kNone;
};

/// codebleu's flow, and what it would be without upstream's dependence on the order of sources.
struct CompatFlow : DataFlow {
  std::vector<code::Hash128> unordered_edges;  ///< sources as sets, names numbered by first occurrence in the text
  bool may_depend_on_hashes = false;           ///< false: the same edges under every hash seed
};

/// codebleu 0.6.0's flow of a tree, in a Python that hashes strings so.
CompatFlow compat_dataflow(const code::SyntaxTree& tree, PythonHashing hashing);

/// The corrected flow: variables only, own rules for each language, sources as sorted sets, no empty edges.
DataFlow strict_dataflow(const code::SyntaxTree& tree);

/// Number of edges that both have, each counted as often as in the one that has fewer.
std::size_t count_common(const std::vector<code::Hash128>& first, const std::vector<code::Hash128>& second);

}  // namespace quartet::eval
