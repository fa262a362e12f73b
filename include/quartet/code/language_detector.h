#pragma once

#include <optional>
#include <string_view>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// Which of the languages with a grammar a text is written in; nothing for prose, numbers, other languages and code
/// that could be either. Looks at words and signs, and at syntax trees only where those leave a doubt. Works on whole
/// programs and on XLCoST's blank-separated tokens; the same answer on every machine.
std::optional<Grammar> detect_language(std::string_view text);

/// The same for a text that was asked for in one language: where that language is a candidate as good as any other, it
/// is the answer. So C text that is C++ as well is C where C was asked, and C++ where C++ was.
/// `parsed` is a tree of the text (comments may be gone from it) that saves the detector a parse; may be null.
std::optional<Grammar> detect_language(std::string_view text, Grammar asked, const SyntaxTree* parsed = nullptr);

}  // namespace quartet::code
