#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::code {

/// How Python's `str` looks at text, over valid UTF-8. The scores of the Python package depend on these sets.

/// A decoded character and the bytes it takes.
struct CodePoint {
  char32_t value;
  std::uint32_t num_bytes;
};
/// The character at `byte` (< text.size()). A malformed byte counts as one character.
CodePoint code_point_at(std::string_view text, std::size_t byte);
bool is_ascii(std::string_view text);

/// `str.isspace` as `split` and `strip` use it: U+0009-0D, 1C-20, 85, A0, 1680, 2000-200A, 2028, 2029, 202F, 205F,
/// 3000.
bool is_python_space(char32_t character);
/// `\w` of `re` (Unicode 14, as in Python 3.11).
bool is_python_word(char32_t character);

/// `text.strip()`.
std::string_view python_strip(std::string_view text);
/// `text.split()`.
std::vector<std::string_view> python_split(std::string_view text);
/// `text.split("\n")`.
std::vector<std::string_view> split_lines(std::string_view text);
/// The lines of `text` that are not blank, joined again.
std::string without_blank_lines(std::string_view text);

}  // namespace quartet::code
