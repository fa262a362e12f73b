#include "keyword_set.h"
#include "quartet/code/grammar_tables.h"
#include "quartet/eval/keywords.h"

namespace quartet::eval {
namespace {

using Words = std::unordered_set<std::string_view>;

constexpr std::string_view kCpp =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int "
    "long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template "
    "this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t "
    "while xor xor_eq";

/// Upstream's list with what it lacks and without what is no keyword.
Words corrected(code::Grammar grammar, std::string_view added, std::string_view removed = {}) {
  Words words = compat_keywords(grammar);
  words.merge(keyword_set(added));
  for (const std::string_view word : keyword_set(removed)) words.erase(word);
  return words;
}

Words make_words(code::Grammar grammar) {
  switch (grammar) {
    case code::Grammar::kPython:
      return corrected(grammar, {}, "type");
    case code::Grammar::kJava:
      return corrected(grammar, "true false null var record");
    case code::Grammar::kJavascript:
      return corrected(grammar, "true undefined async of arguments", "True");
    case code::Grammar::kCpp:
      return keyword_set(kCpp);
    default:
      return compat_keywords(grammar);
  }
}

}  // namespace

const Words& strict_keywords(code::Grammar grammar) {
  static code::GrammarTables<Words> sets(make_words);
  return sets[grammar];
}

}  // namespace quartet::eval
