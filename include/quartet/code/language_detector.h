#pragma once

#include <optional>
#include <string_view>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// Which of the languages with a grammar a text is written in; nothing for prose, numbers, other languages and code
/// that could be either. Looks at words and signs, and at the syntax trees only where those leave a doubt. Works on
/// whole programs and on XLCoST's blank-separated tokens; the same answer on every machine.
std::optional<Grammar> detect_language(std::string_view text);

}  // namespace quartet::code
