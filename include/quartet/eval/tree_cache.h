#pragma once

#include <algorithm>
#include <list>
#include <string>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

/// The trees of one row: equal texts are parsed once.
class TreeCache {
 public:
  explicit TreeCache(code::Grammar grammar) : grammar_(grammar) {}
  /// The reference stays valid as long as the cache.
  const code::SyntaxTree& get(std::string text) {
    for (const code::SyntaxTree& tree : trees_) {
      if (tree.text() == text) return tree;
    }
    return trees_.emplace_back(grammar_, std::move(text));
  }

  /// Whether the parse of any of the texts was given up.
  bool gave_up() const {
    return std::any_of(trees_.begin(), trees_.end(), [](const code::SyntaxTree& tree) { return tree.gave_up(); });
  }

 private:
  code::Grammar grammar_;
  std::list<code::SyntaxTree> trees_;
};

}  // namespace quartet::eval
