#include "quartet/code/xlcost.h"

#include <algorithm>
#include <array>

#include "xlcost_damage.h"

namespace quartet::code {
namespace {

constexpr std::string_view kBlankMark = "\xe2\x96\x81";  // "▁", U+2581
constexpr std::size_t kBlanksPerLevel = 4;
// Python itself takes no more; and lines that are ever longer would not be linear.
constexpr std::size_t kMaxLevels = 100;

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The next word of `text` from `position` on, which moves behind it; empty at the end.
std::string_view next_word(std::string_view text, std::size_t& position) {
  while (position < text.size() && is_blank(text[position])) ++position;
  const std::size_t start = position;
  while (position < text.size() && !is_blank(text[position])) ++position;
  return text.substr(start, position - start);
}

bool is_layout_mark(std::string_view word) {
  return word == "NEW_LINE" || word == "INDENT" || word == "DEDENT";
}
bool is_string_mark(std::string_view word) {
  return word == "STRNEWLINE" || word == "TABSYMBOL";
}

/// True if there is a line break with text before and behind it.
bool breaks_lines(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text.find_first_of("\n\r") != std::string_view::npos;
}

bool has_marks(std::string_view text) {
  if (text.find(kBlankMark) != std::string_view::npos) return true;
  for (std::size_t position = 0; position < text.size();) {
    const std::string_view word = next_word(text, position);
    if (is_layout_mark(word) || is_string_mark(word)) return true;
  }
  return false;
}

/// Cuts a text into tokens.
class Scanner {
 public:
  Scanner(Grammar grammar, std::string_view text) : grammar_(grammar), text_(text) {}

  struct Token : XlcostToken {
    std::size_t num_quotes = 0;  ///< at each end of a string: 1 or 3
  };
  /// False at the end. A quote without a partner is a token of its own.
  bool next(Token& token) {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
    if (position_ == text_.size()) return false;
    token = Token();
    const std::size_t start = position_;
    if (!is_quote(text_[start])) {
      while (position_ < text_.size() && !is_blank(text_[position_]) && !is_quote(text_[position_])) ++position_;
    } else {
      const std::size_t num_quotes = is_triple(start) ? 3 : 1;
      const std::size_t end = find_end(start, num_quotes);
      has_unterminated_ = has_unterminated_ || end == std::string_view::npos;
      token.is_string = end != std::string_view::npos;
      token.num_quotes = num_quotes;
      position_ = token.is_string ? end : start + num_quotes;
    }
    token.text = text_.substr(start, position_ - start);
    return true;
  }
  std::string_view rest() const { return text_.substr(position_); }
  bool has_unterminated() const { return has_unterminated_; }

 private:
  bool is_quote(char c) const { return c == '"' || c == '\'' || (c == '`' && grammar_ == Grammar::kJavascript); }
  bool is_triple(std::size_t at) const {
    return grammar_ == Grammar::kPython && at + 2 < text_.size() && text_[at + 1] == text_[at] &&
           text_[at + 2] == text_[at];
  }
  /// Behind the closing quotes of the string that opens at `start`, or npos.
  std::size_t find_end(std::size_t start, std::size_t num_quotes) {
    const char quote = text_[start];
    // Where one quote has no partner no later one of its kind has: what follows was searched already.
    bool& hopeless = hopeless_[(quote == '"' ? 0 : quote == '\'' ? 1 : 2) + (num_quotes == 3 ? 3 : 0)];
    if (hopeless) return std::string_view::npos;
    for (std::size_t at = start + num_quotes; at < text_.size(); ++at) {
      if (text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote && (num_quotes == 1 || is_triple(at))) {
        return at + num_quotes;
      }
    }
    hopeless = true;
    return std::string_view::npos;
  }

  Grammar grammar_;
  std::string_view text_;
  std::size_t position_ = 0;
  std::array<bool, 6> hopeless_{};
  bool has_unterminated_ = false;
};

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Appends the word of a string: marks of blanks become blanks.
void append_word(std::string_view word, std::string& out) {
  for (std::size_t mark; (mark = word.find(kBlankMark)) != std::string_view::npos;) {
    out.append(word.substr(0, mark)) += ' ';
    word.remove_prefix(mark + kBlankMark.size());
  }
  out += word;
}

/// True where an empty string cannot be what the program had.
bool is_lost_string(Grammar grammar, const Scanner::Token& token) {
  const std::string_view body = token.text.substr(token.num_quotes, token.text.size() - 2 * token.num_quotes);
  if (!std::all_of(body.begin(), body.end(), is_blank)) return false;
  const bool has_characters = grammar == Grammar::kC || grammar == Grammar::kCpp || grammar == Grammar::kJava;
  return grammar == Grammar::kJavascript || (has_characters && token.text[0] == '\'');
}

/// Appends a string without the tokenizer's blanks.
void append_string(const Scanner::Token& token, std::string& out, DamageSet& damage) {
  const std::string_view quotes = token.text.substr(0, token.num_quotes);
  const std::string_view body = token.text.substr(token.num_quotes, token.text.size() - 2 * token.num_quotes);
  out += quotes;
  std::string_view previous;
  for (std::size_t position = 0; position < body.size();) {
    const std::string_view word = next_word(body, position);
    if (word.empty()) break;
    const bool is_mark = word == "NEW_LINE" || is_string_mark(word);
    if (is_mark) {
      out += word == "TABSYMBOL" ? "\\t" : "\\n";
    } else {
      append_word(word, out);
      if (word.find("NEW_LINE") != std::string_view::npos || word.find("STRNEWLINE") != std::string_view::npos ||
          word.find("TABSYMBOL") != std::string_view::npos)
        damage.add(XlcostDamage::kStrayMark);
      if (word == "INDENT" || word == "DEDENT") damage.add(XlcostDamage::kUnterminatedQuote);
      if (!previous.empty() && is_word_character(previous.back()) && is_word_character(word.front()))
        damage.add(XlcostDamage::kLostBlank);
    }
    previous = is_mark ? std::string_view() : word;
  }
  out += quotes;
}

/// Puts tokens on lines.
class Layout {
 public:
  Layout(Grammar grammar, DamageSet& damage) : is_python_(grammar == Grammar::kPython), damage_(damage) {}

  void add(std::string_view token) { start_token().append(token); }
  /// Where the text of the next token goes.
  std::string& start_token() {
    if (!line_is_open_) {
      if (!text_.empty()) text_ += '\n';
      check_level();
      if (is_python_) text_.append(kBlanksPerLevel * std::min(level_, kMaxLevels), ' ');
      line_is_open_ = true;
    } else {
      text_ += ' ';
    }
    return text_;
  }
  void end_line() {
    if (line_is_open_) header_is_open_ = text_.ends_with(':');
    line_is_open_ = false;
  }
  void change_level(bool deeper) {
    end_line();
    if (deeper) {
      ++level_;
    } else if (level_ > 0) {
      --level_;
    }
  }
  std::string finish() {
    end_line();
    if (is_python_ && header_is_open_) damage_.add(XlcostDamage::kBrokenBlock);
    if (is_python_ && !text_.empty()) text_ += '\n';
    return std::move(text_);
  }
  bool line_is_open() const { return line_is_open_; }

 private:
  /// A Python line is deeper than the one before exactly if that opened a block.
  void check_level() {
    if (!is_python_) return;
    if ((level_ > line_level_) != header_is_open_ || level_ > kMaxLevels) damage_.add(XlcostDamage::kBrokenBlock);
    line_level_ = level_;
  }

  bool is_python_;
  DamageSet& damage_;
  std::string text_;
  std::size_t level_ = 0;
  std::size_t line_level_ = 0;
  bool line_is_open_ = false;
  bool header_is_open_ = false;
};

/// True for `#include`, and for `#` before a directive's name; not for the `#` and `##` within a macro.
bool starts_directive(Grammar grammar, std::string_view token, std::string_view rest) {
  static constexpr std::array<std::string_view, 13> kNames = {"include", "define", "undef",  "if",    "ifdef",
                                                              "ifndef",  "elif",   "else",   "endif", "error",
                                                              "line",    "pragma", "warning"};
  if ((grammar != Grammar::kC && grammar != Grammar::kCpp) || !token.starts_with('#')) return false;
  std::size_t position = 0;
  const std::string_view name = token.size() > 1 ? token.substr(1) : next_word(rest, position);
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) {
    return name == known || (name.starts_with(known) && name.substr(known.size()).starts_with('<'));
  });
}

}  // namespace

std::string_view damage_name(XlcostDamage damage) {
  constexpr std::array<std::string_view, kNumXlcostDamages> kNames = {
      "not_tokenized", "line_break",    "unterminated_quote", "stray_mark",      "lost_blank",
      "lost_string",   "lost_operator", "broken_block",       "print_statement", "comment"};
  return kNames[static_cast<std::size_t>(damage)];
}

DetokenizedText detokenize_xlcost(Grammar grammar, std::string_view text) {
  const bool has_line_breaks = breaks_lines(text);
  if (has_line_breaks && !has_marks(text)) return {std::string(text), {XlcostDamage::kNotTokenized}};
  DamageSet damage;
  if (has_line_breaks) damage.add(XlcostDamage::kLineBreak);
  Scanner scanner(grammar, text);
  Layout layout(grammar, damage);
  StatementCheck check(grammar, damage);
  for (Scanner::Token token; scanner.next(token);) {
    if (!token.is_string && is_layout_mark(token.text)) {
      token.text == "NEW_LINE" ? layout.end_line() : layout.change_level(token.text == "INDENT");
      check.end_line();
      continue;
    }
    if (token.is_string) {
      append_string(token, layout.start_token(), damage);
      if (is_lost_string(grammar, token)) damage.add(XlcostDamage::kLostString);
    } else {
      if (starts_directive(grammar, token.text, scanner.rest())) {
        layout.end_line();
        check.end_line();
      }
      layout.add(token.text);
      if (is_string_mark(token.text) || token.text.find(kBlankMark) != std::string_view::npos)
        damage.add(XlcostDamage::kStrayMark);
    }
    check.add(token);
  }
  check.finish();
  if (scanner.has_unterminated()) damage.add(XlcostDamage::kUnterminatedQuote);
  DetokenizedText result;
  result.text = layout.finish();
  result.damage = damage.list();
  return result;
}

}  // namespace quartet::code
