#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace quartet::base {

/// A programming language that Quartet knows: the one list that data, prompts and scores share.
struct Language {
  std::string_view id;            ///< "cpp", as written to files
  std::string_view prompt_name;   ///< "C++", as the study's prompts spell it
  std::string_view extension;     ///< "cpp"
  std::string_view line_comment;  ///< "//"
};

/// All languages, in the order of the list: python java javascript cpp c c_sharp php go ruby rust.
std::span<const Language> languages();
/// Case-insensitive; ids, prompt names and the usual spellings ("C#", "csharp", "js", "Javascript"). Null if unknown.
const Language* find_language(std::string_view name);
/// Throws: ConfigError naming `where`, the name and the list.
const Language& require_language(std::string_view name, const std::string& where);

}  // namespace quartet::base
