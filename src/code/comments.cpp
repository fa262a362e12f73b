#include "quartet/code/comments.h"

#include "python_tokenize.h"
#include "quartet/code/python_text.h"

namespace quartet::code {
namespace {

std::string remove_python_comments(std::string_view source) {
  std::string out;
  PythonTokenKind previous = PythonTokenKind::kIndent;
  std::size_t last_line = 0;
  std::size_t last_column = 0;
  const bool complete = tokenize_python(source, [&](const PythonToken& token) {
    if (token.start_line > last_line) last_column = 0;
    if (token.start_column > last_column) out.append(token.start_column - last_column, ' ');
    const bool is_docstring =
        token.kind == PythonTokenKind::kString &&
        (previous == PythonTokenKind::kIndent || previous == PythonTokenKind::kNewline || token.start_column == 0);
    if (token.kind != PythonTokenKind::kComment && !is_docstring) out += token.text;
    previous = token.kind;
    last_column = token.end_column;
    last_line = token.end_line;
  });
  return complete ? without_blank_lines(out) : std::string(source);
}

/// Copies `source` without // and /* */; quoted strings hide them.
class BraceScanner {
 public:
  explicit BraceScanner(std::string_view source) : source_(source) { out_.reserve(source.size()); }

  std::string run() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      const bool is_comment = c == '/' && skip_comment();
      const bool is_string =
          (c == '\'' && copy_string(c, single_may_close_)) || (c == '"' && copy_string(c, double_may_close_));
      if (!is_comment && !is_string) out_ += source_[at_++];
    }
    return std::move(out_);
  }

 private:
  bool skip_comment() {
    std::size_t end = std::string_view::npos;
    if (source_.substr(at_, 2) == "//") {
      end = std::min(source_.find('\n', at_), source_.size());
    } else if (source_.substr(at_, 2) == "/*" && block_may_close_) {
      const std::size_t close = source_.find("*/", at_ + 2);
      block_may_close_ = close != std::string_view::npos;
      if (block_may_close_) end = close + 2;
    }
    if (end == std::string_view::npos) return false;
    out_ += ' ';
    at_ = end;
    return true;
  }

  /// `may_close` turns false at the first quote without an end: no later one of its kind can have one.
  bool copy_string(char quote, bool& may_close) {
    if (!may_close) return false;
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    may_close = end < source_.size();
    if (!may_close) return false;
    out_ += source_.substr(at_, end + 1 - at_);
    at_ = end + 1;
    return true;
  }

  std::string_view source_;
  std::string out_;
  std::size_t at_ = 0;
  bool block_may_close_ = true;
  bool single_may_close_ = true;
  bool double_may_close_ = true;
};

}  // namespace

std::string remove_comments_compat(std::string_view source, std::string_view language_id) {
  if (language_id == "python") return remove_python_comments(source);
  if (language_id == "ruby") return std::string(source);
  return without_blank_lines(BraceScanner(source).run());
}

}  // namespace quartet::code
