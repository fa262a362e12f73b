#pragma once

#include <string>
#include <string_view>

namespace quartet::code {

/// Comment removal as codebleu 0.6.0 does it, misfires included: Python by CPython 3.11's `tokenize` (docstrings go
/// too; text that does not tokenise is returned as it is), Ruby not at all, every other language by one scan over //,
/// /* */ and quotes. Input: valid UTF-8, `language_id` as in base/language.h.
std::string remove_comments_compat(std::string_view source, std::string_view language_id);

}  // namespace quartet::code
