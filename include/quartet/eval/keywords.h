#pragma once

#include <string_view>
#include <unordered_set>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

/// codebleu 0.6.0's keyword list of a language, faults included (JavaScript has `True`, C++ some library names).
const std::unordered_set<std::string_view>& compat_keywords(code::Grammar grammar);
/// The language's reserved words and literals.
const std::unordered_set<std::string_view>& strict_keywords(code::Grammar grammar);
/// Changes when a strict list does: scores name it.
inline constexpr int kStrictKeywordsVersion = 2;

}  // namespace quartet::eval
