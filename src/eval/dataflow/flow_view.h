#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "quartet/eval/dataflow/flow_rules.h"
#include "quartet/eval/dataflow/source_tokens.h"

namespace quartet::eval {

using Node = std::uint32_t;
using Nodes = std::vector<Node>;

/// The children that a rule speaks of; broken code may lack any of them.
struct FlowParts {
  std::optional<Node> target;
  std::optional<Node> value;
  std::optional<Node> body;
};

/// A tree as the rules of a table see it.
class FlowView {
 public:
  FlowView(const code::SyntaxTree& tree, const SourceTokens& tokens, const FlowTable& table)
      : tree_(tree), nodes_(tree.nodes()), tokens_(tokens), table_(table) {}

  const code::SyntaxTree& tree() const { return tree_; }
  const FlowTable& table() const { return table_; }
  const FlowRules& rules() const { return table_.rules; }
  std::uint16_t symbol(Node node) const { return nodes_[node].symbol; }
  std::uint32_t depth(Node node) const { return nodes_[node].depth; }
  std::uint32_t deepest_token() const {
    std::uint32_t deepest = 0;
    for_each_leaf(0, [&](Node leaf) { deepest = std::max(deepest, depth(leaf)); });
    return deepest;
  }
  FlowKind kind(Node node) const { return table_.kind[symbol(node)]; }
  std::int32_t token(Node leaf) const { return tokens_.token_of[leaf]; }
  std::int32_t name(Node leaf) const { return tokens_.name_of[leaf]; }
  std::optional<Node> field(Node node, std::string_view name) const { return tree_.child_by_field(node, name); }

  /// A leaf inside a string: upstream, which took the string for a leaf, does not find it and raises an exception.
  bool is_lost(Node node) const {
    const code::SyntaxNode& leaf = nodes_[node];
    return token(node) == kNoToken && leaf.num_children == 0 && !leaf.hidden && !table_.is_comment[leaf.symbol];
  }

  /// Visits the leaves at or below a node that have a token, and those that are lost.
  template <class Visit>
  void for_each_leaf(Node node, Visit visit) const {
    for (Node i = node; i < nodes_[node].end; ++i) {
      if (token(i) == kNoToken && !is_lost(i)) continue;
      visit(i);
      if (token(i) != kNoToken) i = nodes_[i].end - 1;
    }
  }

  /// Children without commas.
  Nodes elements(Node node) const;

  FlowParts definition(Node node) const;
  FlowParts assignment(Node node) const;
  FlowParts for_each(Node node) const;

 private:
  const code::SyntaxTree& tree_;
  std::span<const code::SyntaxNode> nodes_;
  const SourceTokens& tokens_;
  const FlowTable& table_;
};

}  // namespace quartet::eval
