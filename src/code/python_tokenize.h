#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace quartet::code {

/// The kinds of token that comment removal tells apart.
enum class PythonTokenKind { kComment, kString, kIndent, kNewline, kOther };

/// A token of CPython's pure-Python tokenizer. Lines are 1-based, columns count characters.
struct PythonToken {
  PythonTokenKind kind;
  std::string_view text;
  std::size_t start_line, start_column;
  std::size_t end_line, end_column;
};

/// Runs the rules of CPython 3.11's tokenize.generate_tokens. False where Python would raise (TokenError,
/// IndentationError); tokens before that point were delivered. Numbers, names and operators may be cut differently: all
/// are kOther, and only their text and places matter.
bool tokenize_python(std::string_view source, const std::function<void(const PythonToken&)>& deliver);

}  // namespace quartet::code
