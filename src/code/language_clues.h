#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// A text as the language detector sees it: words and single signs in order. A string literal is one `"`, with the sign
/// that opens an interpolation in it behind (`"#`, `` `$ ``); comments are left out where they can be told from code.
struct Lexemes {
  std::vector<std::string_view> list;
  std::size_t num_words = 0;
  std::size_t num_signs = 0;
  std::size_t num_semicolons = 0;
  std::size_t num_braces = 0;
  /// Words of English that are seldom names or keywords.
  std::size_t num_prose_words = 0;
};
/// Input: any bytes. Looks at the first few thousand words and signs.
Lexemes split_lexemes(std::string_view text);

/// What the clues of each language add up to.
using CluePoints = std::array<double, kNumGrammars>;
CluePoints count_clues(const Lexemes& lexemes);

}  // namespace quartet::code
