#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// 128 bits that stand for a string or a tree: equal for equal ones, and in practice only for those.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Order-sensitive combination, the same on every machine.
Hash128 combine(Hash128 first, Hash128 second);
Hash128 hash_of(std::string_view text);

/// The s-expression of a node as the runtime 0.21.3 writes it, on which codebleu 0.6.0 runs: named nodes with the field
/// names of descendants, ERROR, MISSING and UNEXPECTED; no token text. Unlike later runtimes it forgets the alias of
/// the node itself (not of those below): Python's one-line block begins with `("_simple_statements")`.
std::string s_expression(const SyntaxTree& tree, std::uint32_t node);

/// A node and the hash of its s-expression.
struct NodeHash {
  std::uint32_t node;
  Hash128 hash;
};

/// The root and every node with at least one visible child, in pre-order: within a grammar equal hashes for equal
/// s-expressions. Linear in the size of the tree; no string is built.
std::vector<NodeHash> s_expression_hashes(const SyntaxTree& tree);

/// As above without the root where it has no children, without field names, and as if the nodes with `dropped[node]`
/// (and all below them) were not there.
std::vector<NodeHash> pruned_hashes(const SyntaxTree& tree, const std::vector<bool>& dropped);

}  // namespace quartet::code

template <>
struct std::hash<quartet::code::Hash128> {
  std::size_t operator()(const quartet::code::Hash128& value) const noexcept { return value.low; }
};
