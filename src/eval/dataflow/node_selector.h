#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "strict_rules.h"

namespace quartet::eval {

using Node = std::uint32_t;
using Nodes = std::vector<Node>;

/// `nodes` are in order.
inline bool contains(const Nodes& nodes, Node node) {
  return std::binary_search(nodes.begin(), nodes.end(), node);
}

/// Parts of nodes, by the words of the rules. Comments and what error recovery put in are no part of anything.
class Selector {
 public:
  explicit Selector(const code::SyntaxTree& tree) : tree_(tree), nodes_(tree.nodes()) {}

  Nodes operator()(Node node, const StrictPartList& parts) const {
    Nodes found;
    if (parts.empty()) return found;
    const int num_named = count_named(node);
    int index = 0;
    bool before_semicolon = true;
    code::for_each_child(tree_, node, [&](Node child) {
      if (nodes_[child].extra) return;
      before_semicolon &= tree_.type(child) != ";";
      if (fits(child, parts, index, num_named, before_semicolon)) found.push_back(child);
      if (nodes_[child].named) ++index;
    });
    return found;
  }

  /// Named children.
  Nodes elements(Node node) const {
    Nodes found;
    code::for_each_child(tree_, node, [&](Node child) {
      if (nodes_[child].named && !nodes_[child].extra) found.push_back(child);
    });
    return found;
  }

 private:
  int count_named(Node node) const {
    int count = 0;
    code::for_each_child(tree_, node, [&](Node child) { count += nodes_[child].named && !nodes_[child].extra; });
    return count;
  }

  bool fits(Node child, const StrictPartList& parts, int index, int num_named, bool before_semicolon) const {
    const code::SyntaxNode& node = nodes_[child];
    return std::any_of(parts.begin(), parts.end(), [&](const StrictPart& part) {
      switch (part.kind) {
        case StrictPart::Kind::kField:
          return node.named && node.field != 0 && tree_.field_name(node.field) == part.word;
        case StrictPart::Kind::kType:
          return node.field == 0 && tree_.type(child) == part.word;
        case StrictPart::Kind::kIndex:
          return node.named && (part.index < 0 ? index == num_named + part.index : index == part.index);
        case StrictPart::Kind::kBeforeSemicolon:
          return node.named && before_semicolon;
        case StrictPart::Kind::kNamed:
          return node.named && node.field == 0;
      }
      return false;
    });
  }

  const code::SyntaxTree& tree_;
  std::span<const code::SyntaxNode> nodes_;
};

}  // namespace quartet::eval
