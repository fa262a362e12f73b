#include "quartet/code/python_text.h"

#include <algorithm>
#include <array>

namespace quartet::code {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kWordRanges[] = {
#include "python_word_ranges.inc"
};

/// The first byte of the character that ends before `end` (> 0).
std::size_t start_of_last(std::string_view text, std::size_t end) {
  std::size_t start = end - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80) --start;
  return start;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t byte) {
  const auto lead = static_cast<unsigned char>(text[byte]);
  if (lead < 0x80) return {lead, 1};
  const std::uint32_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (length == 1 || byte + length > text.size()) return {0xfffd, 1};
  char32_t value = lead & (0xff >> (length + 1));
  for (std::uint32_t i = 1; i < length; ++i) value = value << 6 | (static_cast<unsigned char>(text[byte + i]) & 0x3f);
  return {value, length};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_python_space(char32_t c) {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_python_word(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  const Range* next = std::upper_bound(std::begin(kWordRanges), std::end(kWordRanges), c,
                                       [](char32_t value, const Range& range) { return value < range.first; });
  return next != std::begin(kWordRanges) && c <= next[-1].last;
}

std::string_view python_strip(std::string_view text) {
  while (!text.empty()) {
    const CodePoint first = code_point_at(text, 0);
    if (!is_python_space(first.value)) break;
    text.remove_prefix(first.num_bytes);
  }
  while (!text.empty()) {
    const std::size_t start = start_of_last(text, text.size());
    if (!is_python_space(code_point_at(text, start).value)) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

std::vector<std::string_view> python_split(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint character = code_point_at(text, at);
    if (is_python_space(character.value)) {
      if (at > start) words.push_back(text.substr(start, at - start));
      start = at + character.num_bytes;
    }
    at += character.num_bytes;
  }
  if (at > start) words.push_back(text.substr(start));
  return words;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0;;) {
    const std::size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return lines;
    start = end + 1;
  }
}

std::string without_blank_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool first = true;
  for (const std::string_view line : split_lines(text)) {
    if (python_strip(line).empty()) continue;
    if (!first) out += '\n';
    out += line;
    first = false;
  }
  return out;
}

}  // namespace quartet::code
