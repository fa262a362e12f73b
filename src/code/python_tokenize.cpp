#include "python_tokenize.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "quartet/base/text.h"
#include "quartet/code/python_text.h"

namespace quartet::code {
namespace {

constexpr std::string_view kOperatorCharacters = "()[]{}:,;+-*/|&<>=.%~^@";

/// Length of a string prefix (r, b, u, f, br, fr in any case and order) if a quote follows it.
std::optional<std::size_t> string_prefix_length(std::string_view line, std::size_t at) {
  std::string prefix;
  for (std::size_t i = at; i < line.size() && prefix.size() <= 2; ++i) {
    if (line[i] == '\'' || line[i] == '"') {
      std::sort(prefix.begin(), prefix.end());
      constexpr std::string_view kValid[] = {"", "b", "f", "r", "u", "br", "fr"};
      if (std::find(std::begin(kValid), std::end(kValid), prefix) == std::end(kValid)) return std::nullopt;
      return i - at;
    }
    prefix += static_cast<char>(line[i] | 0x20);
  }
  return std::nullopt;
}

bool at_newline(std::string_view line, std::size_t at) {
  return line.substr(at, 1) == "\n" || line.substr(at, 2) == "\r\n";
}

/// One past the closing quote of a string whose inside starts at `at`, looking at this line only.
std::optional<std::size_t> find_string_end(std::string_view line, std::size_t at, char quote, bool triple) {
  while (at < line.size()) {
    if (line[at] == '\\') {
      if (at + 1 >= line.size() || line[at + 1] == '\n') return std::nullopt;
      at += 2;
    } else if (line[at] != quote) {
      ++at;
    } else if (!triple) {
      return at + 1;
    } else if (line.substr(at + 1, 2) == std::string(2, quote)) {
      return at + 3;
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

/// A single-quoted string on its first line: where it ends, either after its quote or after a backslash and newline.
struct FirstLineString {
  std::size_t end;
  bool continues;
};
std::optional<FirstLineString> match_single_quoted(std::string_view line, std::size_t inside, char quote) {
  for (std::size_t at = inside; at < line.size();) {
    if (line[at] == quote) return FirstLineString{at + 1, false};
    if (line[at] == '\n') return std::nullopt;
    if (line[at] == '\\') {
      if (at_newline(line, at + 1)) return FirstLineString{line.size(), true};
      at += 1;
      if (at >= line.size()) return std::nullopt;
    }
    at += 1;
  }
  return std::nullopt;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view source, const std::function<void(const PythonToken&)>& deliver)
      : source_(source), deliver_(deliver) {}

  bool run() {
    std::string_view last_line;
    while (true) {
      last_line = line_;
      read_line();
      if (in_string_) {
        if (line_.empty()) return false;
        if (!continue_string()) continue;
      } else if (paren_level_ == 0 && !continued_) {
        if (line_.empty()) break;
        const Start start = start_statement();
        if (start == Start::kEnd) break;
        if (start == Start::kBadIndent) return false;
        if (start == Start::kSkipLine) continue;
      } else {
        if (line_.empty()) return false;
        continued_ = false;
      }
      while (at_ < line_.size() && !in_string_) scan_token();
    }
    finish(last_line);
    return true;
  }

 private:
  enum class Start { kStatement, kSkipLine, kEnd, kBadIndent };

  void read_line() {
    const std::size_t begin = next_line_;
    const std::size_t newline = source_.find('\n', begin);
    next_line_ = newline == std::string_view::npos ? source_.size() : newline + 1;
    line_ = source_.substr(begin, next_line_ - begin);
    at_ = 0;
    counted_byte_ = counted_column_ = 0;
    ++line_number_;
  }

  /// Column in characters of a byte of this line; calls go forward, so the count goes on from the last one.
  std::size_t column(std::size_t byte) {
    if (byte < counted_byte_) counted_byte_ = counted_column_ = 0;
    counted_column_ += base::num_code_points(line_.substr(counted_byte_, byte - counted_byte_));
    counted_byte_ = byte;
    return counted_column_;
  }

  void emit(PythonTokenKind kind, std::size_t start, std::size_t end) {
    const std::size_t start_column = column(start);
    const std::size_t end_column = column(end);
    deliver_({kind, line_.substr(start, end - start), line_number_, start_column, line_number_, end_column});
  }

  void emit_long_string(PythonTokenKind kind, std::size_t end) {
    const char* begin = string_begin_;
    deliver_({kind, std::string_view(begin, static_cast<std::size_t>(line_.data() + end - begin)), string_line_,
              string_column_, line_number_, column(end)});
    in_string_ = false;
  }

  /// True if the string ended on this line and the rest of it is to be scanned.
  bool continue_string() {
    if (const auto end = find_string_end(line_, 0, quote_, triple_)) {
      emit_long_string(PythonTokenKind::kString, *end);
      at_ = *end;
      return true;
    }
    if (!triple_ && !line_.ends_with("\\\n") && !line_.ends_with("\\\r\n")) {
      emit_long_string(PythonTokenKind::kOther, line_.size());
    }
    return false;
  }

  Start start_statement() {
    constexpr std::size_t kTabSize = 8;
    std::size_t indent = 0;
    for (; at_ < line_.size(); ++at_) {
      if (line_[at_] == ' ') {
        ++indent;
      } else if (line_[at_] == '\t') {
        indent = (indent / kTabSize + 1) * kTabSize;
      } else if (line_[at_] == '\f') {
        indent = 0;
      } else {
        break;
      }
    }
    if (at_ == line_.size()) return Start::kEnd;
    if (line_[at_] == '#' || line_[at_] == '\r' || line_[at_] == '\n') {
      if (line_[at_] == '#') {
        std::size_t end = line_.size();
        while (end > at_ && (line_[end - 1] == '\r' || line_[end - 1] == '\n')) --end;
        emit(PythonTokenKind::kComment, at_, end);
        at_ = end;
      }
      emit(PythonTokenKind::kOther, at_, line_.size());
      return Start::kSkipLine;
    }
    if (indent > indents_.back()) {
      indents_.push_back(indent);
      emit(PythonTokenKind::kIndent, 0, at_);
    }
    while (indent < indents_.back()) {
      if (std::find(indents_.begin(), indents_.end(), indent) == indents_.end()) return Start::kBadIndent;
      indents_.pop_back();
      emit(PythonTokenKind::kOther, at_, at_);
    }
    return Start::kStatement;
  }

  void scan_token() {
    std::size_t start = at_;
    while (start < line_.size() && (line_[start] == ' ' || line_[start] == '\f' || line_[start] == '\t')) ++start;
    if (start == line_.size()) {
      at_ = start;
      return;
    }
    const char first = line_[start];
    if (first == '\\' && at_newline(line_, start + 1)) {
      continued_ = true;
      at_ = line_.size();
    } else if (first == '#') {
      take(PythonTokenKind::kComment, start, std::min(line_.find_first_of("\r\n", start), line_.size()));
    } else if (at_newline(line_, start)) {
      take(paren_level_ > 0 ? PythonTokenKind::kOther : PythonTokenKind::kNewline, start, line_.size());
    } else if (const auto prefix = string_prefix_length(line_, start); prefix && scan_string(start, start + *prefix)) {
    } else if (kOperatorCharacters.find(first) != std::string_view::npos || line_.substr(start, 2) == "!=") {
      if (first == '(' || first == '[' || first == '{') ++paren_level_;
      if (first == ')' || first == ']' || first == '}') --paren_level_;
      take(PythonTokenKind::kOther, start, start + (first == '!' ? 2 : 1));
    } else if (first >= '0' && first <= '9') {
      take(PythonTokenKind::kOther, start, std::min(line_.find_first_not_of("0123456789", start), line_.size()));
    } else if (const std::size_t end = word_end(start); end > start) {
      take(PythonTokenKind::kOther, start, end);
    } else {
      // Python's error token is the first character after the last token, even if that is a blank.
      take(PythonTokenKind::kOther, at_, at_ + code_point_at(line_, at_).num_bytes);
    }
  }

  void take(PythonTokenKind kind, std::size_t start, std::size_t end) {
    emit(kind, start, end);
    at_ = end;
  }

  std::size_t word_end(std::size_t at) const {
    while (at < line_.size()) {
      const CodePoint character = code_point_at(line_, at);
      if (!is_python_word(character.value)) break;
      at += character.num_bytes;
    }
    return at;
  }

  /// A string that starts here; false if no string of any kind does.
  bool scan_string(std::size_t start, std::size_t quote_at) {
    quote_ = line_[quote_at];
    triple_ = line_.substr(quote_at, 3) == std::string(3, quote_);
    if (triple_) {
      if (const auto end = find_string_end(line_, quote_at + 3, quote_, true)) {
        take(PythonTokenKind::kString, start, *end);
      } else {
        begin_long_string(start);
      }
      return true;
    }
    const auto match = match_single_quoted(line_, quote_at + 1, quote_);
    if (!match) return false;
    if (match->continues) {
      begin_long_string(start);
    } else {
      take(PythonTokenKind::kString, start, match->end);
    }
    return true;
  }

  void begin_long_string(std::size_t start) {
    in_string_ = true;
    string_begin_ = line_.data() + start;
    string_line_ = line_number_;
    string_column_ = column(start);
  }

  void finish(std::string_view last_line) {
    if (!last_line.empty() && last_line.back() != '\r' && last_line.back() != '\n' &&
        !python_strip(last_line).starts_with('#')) {
      const std::size_t end = base::num_code_points(last_line);
      deliver_({PythonTokenKind::kNewline, "", line_number_ - 1, end, line_number_ - 1, end + 1});
    }
  }

  std::string_view source_;
  const std::function<void(const PythonToken&)>& deliver_;
  std::size_t next_line_ = 0;
  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t line_number_ = 0;
  std::size_t counted_byte_ = 0;
  std::size_t counted_column_ = 0;
  std::vector<std::size_t> indents_{0};
  long paren_level_ = 0;  // below 0 after stray closing brackets, as in Python
  bool continued_ = false;
  bool in_string_ = false;
  bool triple_ = false;
  char quote_ = '\'';
  const char* string_begin_ = nullptr;
  std::size_t string_line_ = 0;
  std::size_t string_column_ = 0;
};

}  // namespace

bool tokenize_python(std::string_view source, const std::function<void(const PythonToken&)>& deliver) {
  return Tokenizer(source, deliver).run();
}

}  // namespace quartet::code
