#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quartet/code/syntax_tree.h"
#include "quartet/eval/dataflow/flow_rules.h"
#include "quartet/eval/dataflow/source_tokens.h"

namespace quartet::eval {

/// A slice of the engine's pool of numbers.
struct NumberList {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

enum class FlowRelation : std::int8_t { kComesFrom, kComputedFrom };

/// The value of a name at a token: where it was taken from.
struct FlowEdge {
  std::int32_t token;
  std::int32_t name;
  FlowRelation relation;
  NumberList source_names;
  NumberList source_tokens;
};

/// Why a text has no data-flow although it may have variables.
enum class FlowFailure { kNone, kNoTree, kTooDeep, kBudget, kMissingPart };

struct FlowGraph {
  std::vector<FlowEdge> edges;  ///< in the order in which they arose
  std::vector<std::int32_t> pool;
  FlowFailure failure = FlowFailure::kNone;  ///< then there are no edges

  std::span<const std::int32_t> list(NumberList numbers) const { return {pool.data() + numbers.begin, numbers.size}; }
};

/// Where Python reaches its recursion limit, which leaves a text without any flow: following a node deeper than the
/// first of these, and finding a token deeper than the second (measured with codebleu 0.6.0 called from a function of a
/// script, in all ten languages).
inline constexpr std::uint32_t kMaxFlowDepth = 991;
inline constexpr std::uint32_t kMaxTokenDepth = 994;
/// Visits of nodes after which nested loops, which are run twice each, are given up.
inline constexpr std::uint64_t kMaxFlowVisits = 50'000'000;

/// Follows the values of variables through a tree under the rules of a table. `name_hashes` (by number of a name) are
/// what CPython would hash names to: the order of merged sources follows its sets. Source: the DFG_* functions of
/// codebleu 0.6.0, written as one engine.
FlowGraph follow_data(const code::SyntaxTree& tree, const SourceTokens& tokens, const FlowTable& table,
                      std::span<const std::uint64_t> name_hashes);

}  // namespace quartet::eval
