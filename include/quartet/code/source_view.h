#pragma once

#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// A program without what does not run: which nodes of a tree are comments, Python docstrings, C# regions or PHP's
/// opening tag (with all below them), and the tokens that remain.
struct SourceView {
  std::vector<bool> dropped;  ///< by node
  /// In order; strings, here-documents, characters, templates and regular expressions in one piece. Layout plays no part.
  std::vector<std::string_view> tokens;
};

/// The tokens are slices of the tree's text.
SourceView view_source(const SyntaxTree& tree);

}  // namespace quartet::code
