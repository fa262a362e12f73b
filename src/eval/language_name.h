#pragma once

#include <string_view>

namespace quartet::eval {

/// True for a text that is nothing but the name of a language or of an expert, in any spelling that
/// `base::find_language` knows, with what may stand around it: "Python.", "```python", "Language: C++", "C sharp",
/// "java_expert", "Expert 2", "Python, Java".
bool is_language_name(std::string_view text);

}  // namespace quartet::eval
