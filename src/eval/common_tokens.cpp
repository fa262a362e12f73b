#include "common_tokens.h"

#include <cctype>
#include <cstdint>
#include <string_view>
#include <vector>

#include "quartet/base/html.h"

namespace quartet::eval {
namespace {

constexpr std::size_t kMostCells = 1'500'000;  // of the comparison's table

struct Token {
  std::size_t begin = 0, end = 0;
  bool is_word = false;
  bool is_common = false;
};

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// Words and single other characters.
std::vector<Token> tokens_of(const std::string& text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    Token token{i, i + 1, is_word_byte(text[i])};
    while (token.is_word && token.end < text.size() && is_word_byte(text[token.end])) ++token.end;
    i = token.end;
    tokens.push_back(token);
  }
  return tokens;
}

std::string_view text_of(const std::string& text, const Token& token) {
  return std::string_view(text).substr(token.begin, token.end - token.begin);
}

/// Sets is_common on both sides by the classic table of lengths, filled from the ends so that it can be walked
/// forwards.
void match(const std::string& a, std::vector<Token>& a_tokens, const std::string& b, std::vector<Token>& b_tokens) {
  const std::size_t rows = a_tokens.size(), columns = b_tokens.size();
  if (rows * columns > kMostCells) return;
  std::vector<std::uint16_t> lengths((rows + 1) * (columns + 1));
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint16_t& { return lengths[i * (columns + 1) + j]; };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      const bool equal = text_of(a, a_tokens[i]) == text_of(b, b_tokens[j]);
      at(i, j) = equal ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1) : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (text_of(a, a_tokens[i]) == text_of(b, b_tokens[j])) {
      a_tokens[i++].is_common = b_tokens[j++].is_common = true;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
}

std::string marked(const std::string& text, const std::vector<Token>& tokens) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < tokens.size();) {
    std::size_t end = i;
    bool has_word = false;
    for (; end < tokens.size() && tokens[end].is_common; ++end) has_word |= tokens[end].is_word;
    if (has_word) {
      const std::size_t begin = tokens[i].begin, stop = tokens[end - 1].end;
      out += base::escape_html(text.substr(done, begin - done)) + "<mark>" +
             base::escape_html(text.substr(begin, stop - begin)) + "</mark>";
      done = stop;
    }
    i = std::max(end, i + 1);
  }
  return out + base::escape_html(text.substr(done));
}

}  // namespace

std::pair<std::string, std::string> mark_common_tokens(const std::string& a, const std::string& b) {
  std::vector<Token> a_tokens = tokens_of(a), b_tokens = tokens_of(b);
  match(a, a_tokens, b, b_tokens);
  return {marked(a, a_tokens), marked(b, b_tokens)};
}

}  // namespace quartet::eval
