#include "quartet/eval/keywords.h"

#include <array>

namespace quartet::eval {
namespace {

using Words = std::unordered_set<std::string_view>;
using Lists = std::array<Words, code::kNumGrammars>;

const Words kCompatPython{"False",  "None",    "True",  "and",      "as",     "assert", "async",  "await",
                          "break",  "case",    "class", "continue", "def",    "del",    "elif",   "else",
                          "except", "finally", "for",   "from",     "global", "if",     "import", "in",
                          "is",     "lambda",  "match", "nonlocal", "not",    "or",     "pass",   "raise",
                          "return", "try",     "type",  "while",    "with",   "yield"};

const Words kCompatJava{
    "abstract",  "assert",   "boolean",  "break",    "byte",    "case",         "catch",     "char",       "class",
    "const",     "continue", "default",  "do",       "double",  "else",         "enum",      "extends",    "final",
    "finally",   "float",    "for",      "goto",     "if",      "implements",   "import",    "instanceof", "int",
    "interface", "long",     "native",   "new",      "package", "private",      "protected", "public",     "return",
    "short",     "static",   "strictfp", "super",    "switch",  "synchronized", "this",      "throw",      "throws",
    "transient", "try",      "void",     "volatile", "while"};

const Words kCompatJavascript{"True",       "await",    "break",   "case",       "catch",     "class",    "const",
                              "continue",   "debugger", "default", "delete",     "do",        "else",     "enum",
                              "export",     "extends",  "false",   "finally",    "for",       "function", "if",
                              "implements", "import",   "in",      "instanceof", "interface", "let",      "new",
                              "null",       "package",  "private", "protected",  "public",    "return",   "static",
                              "super",      "switch",   "this",    "throw",      "try",       "typeof",   "var",
                              "void",       "while",    "with",    "yield"};

const Words kCompatCpp{"INT_MAX",
                       "INT_MIN",
                       "MAX_RAND",
                       "NULL",
                       "and",
                       "and_eq",
                       "asm",
                       "auto",
                       "bitand",
                       "bitor",
                       "bool",
                       "break",
                       "case",
                       "catch",
                       "char",
                       "cin",
                       "class",
                       "compl",
                       "const",
                       "const_cast",
                       "continue",
                       "cout",
                       "default",
                       "delete",
                       "do",
                       "double",
                       "dynamic_cast",
                       "else",
                       "endl",
                       "enum",
                       "explicit",
                       "extern",
                       "false",
                       "float",
                       "for",
                       "friend",
                       "goto",
                       "if",
                       "include",
                       "inline",
                       "int",
                       "iomanip",
                       "iostream",
                       "long",
                       "main",
                       "mutable",
                       "namespace",
                       "new",
                       "not",
                       "not_eq",
                       "npos",
                       "operator",
                       "or",
                       "or_eq",
                       "private",
                       "protected",
                       "public",
                       "register",
                       "reinterpret_cast",
                       "return",
                       "short",
                       "signed",
                       "sizeof",
                       "static",
                       "static_cast",
                       "std",
                       "string",
                       "struct",
                       "switch",
                       "template",
                       "this",
                       "throw",
                       "true",
                       "try",
                       "typedef",
                       "typeid",
                       "typename",
                       "union",
                       "unsigned",
                       "using",
                       "virtual",
                       "void",
                       "volatile",
                       "wchar_t",
                       "while",
                       "xor",
                       "xor_eq"};

const Words kCppWords{
    "alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
    "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char16_t",
    "char32_t",    "char8_t",  "class",      "co_await",  "co_return", "co_yield",     "compl",
    "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
    "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
    "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
    "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
    "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
    "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast", "struct",   "switch",     "template",  "this",      "thread_local", "throw",
    "true",        "try",      "typedef",    "typeid",    "typename",  "union",        "unsigned",
    "using",       "virtual",  "void",       "volatile",  "wchar_t",   "while",        "xor",
    "xor_eq"};

Words with(Words words, std::initializer_list<std::string_view> added,
           std::initializer_list<std::string_view> removed) {
  words.insert(added);
  for (const std::string_view word : removed) words.erase(word);
  return words;
}

}  // namespace

const Words& compat_keywords(code::Grammar grammar) {
  static const Lists kLists{kCompatPython, kCompatJava, kCompatJavascript, kCompatCpp};
  return kLists[static_cast<std::size_t>(grammar)];
}

const Words& strict_keywords(code::Grammar grammar) {
  static const Lists kLists{
      with(kCompatPython, {}, {"type"}), with(kCompatJava, {"true", "false", "null", "var", "record"}, {}),
      with(kCompatJavascript, {"true", "undefined", "async", "of", "arguments"}, {"True"}), kCppWords};
  return kLists[static_cast<std::size_t>(grammar)];
}

}  // namespace quartet::eval
