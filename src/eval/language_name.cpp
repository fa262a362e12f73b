#include "language_name.h"

#include <algorithm>
#include <string>
#include <vector>

#include "quartet/base/language.h"
#include "quartet/base/text.h"
#include "quartet/code/python_text.h"

namespace quartet::eval {
namespace {

constexpr std::size_t kMaxBytes = 100;
/// A name may be written in as many words: "C plus plus".
constexpr std::size_t kMaxWordsOfName = 3;
constexpr std::string_view kFillers[] = {"a",    "answer",   "code",    "expert",      "in", "is",
                                         "lang", "language", "program", "programming", "the"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Runs of letters, digits and the signs of "C++" and "C#", in lower case.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : base::to_lower(text)) {
    const bool belongs =
        (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '#' || static_cast<unsigned char>(c) >= 0x80;
    if (belongs && !inside) words.emplace_back();
    if (belongs) words.back() += c;
    inside = belongs;
  }
  return words;
}

/// A language with or without its version: "c++17".
bool is_name(std::string_view word) {
  if (base::find_language(word) != nullptr) return true;
  while (word.size() > 1 && is_digit(word.back())) word.remove_suffix(1);
  return base::find_language(word) != nullptr;
}

/// How many words from `at` on make one name; 0 if none do.
std::size_t num_words_of_name(const std::vector<std::string>& words, std::size_t at) {
  std::size_t result = 0;
  std::string joined;
  for (std::size_t i = at; i < std::min(words.size(), at + kMaxWordsOfName); ++i) {
    joined += words[i];
    if (is_name(joined)) result = i + 1 - at;
  }
  return result;
}

}  // namespace

bool is_language_name(std::string_view raw) {
  const std::string_view text = code::python_strip(raw);
  if (text.empty() || text.size() > kMaxBytes) return false;
  if (text.find_first_of(";{}=") != std::string_view::npos || text.find("()") != std::string_view::npos) return false;
  const std::vector<std::string> words = words_of(text);
  bool names = false;
  for (std::size_t at = 0; at < words.size();) {
    if (const std::size_t length = num_words_of_name(words, at); length > 0) {
      names = true;
      at += length;
      continue;
    }
    const std::string& word = words[at];
    const bool is_filler = std::find(std::begin(kFillers), std::end(kFillers), word) != std::end(kFillers);
    if (!is_filler && !std::all_of(word.begin(), word.end(), is_digit)) return false;
    names |= word == "expert";
    ++at;
  }
  return names;
}

}  // namespace quartet::eval
