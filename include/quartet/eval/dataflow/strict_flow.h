#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"
#include "quartet/eval/dataflow/flow_engine.h"

namespace quartet::eval {

/// What a variable at one place takes its value from.
struct StrictEdge {
  std::uint32_t node;  ///< the leaf
  std::int32_t name;
  FlowRelation relation;
  std::vector<std::int32_t> sources;  ///< names, sorted, never empty
};

struct StrictFlow {
  std::vector<StrictEdge> edges;             ///< by node, then relation; one of each at most
  std::vector<std::string_view> names;       ///< by number, in order of first occurrence; slices of the tree's text
  FlowFailure failure = FlowFailure::kNone;  ///< then there are no edges
};

/// Trees higher than this have no strict flow.
inline constexpr std::uint32_t kMaxStrictHeight = 2500;
/// Visits of nodes, and edges written, after which a text is given up.
inline constexpr std::uint64_t kMaxStrictVisits = 10'000'000;

/// Follows the values of variables through a tree under rules that fit the grammar: variables only, every use of a name
/// that may have a value, every assignment. Loops run twice, or once where the first pass gave no name a value that had
/// none: an edge does not say which of several definitions a use takes, so a further pass would add nothing, and
/// whether a loop can run zero times plays no part.
StrictFlow follow_strict(const code::SyntaxTree& tree);

}  // namespace quartet::eval
