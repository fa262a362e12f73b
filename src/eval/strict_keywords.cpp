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

constexpr std::string_view kC =
    "_Alignas _Alignof _Atomic _BitInt _Bool _Complex _Decimal128 _Decimal32 _Decimal64 _Generic _Imaginary _Noreturn "
    "_Static_assert _Thread_local alignas alignof auto bool break case char const constexpr continue default do double "
    "else enum extern false float for goto if inline int long nullptr register restrict return short signed sizeof "
    "static static_assert struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile "
    "while";

/// With the words that are reserved where they stand for something: `var`, `when`, `yield` …
constexpr std::string_view kCSharp =
    "abstract as async await base bool break byte case catch char checked class const continue decimal default "
    "delegate do double else enum event explicit extern false finally fixed float for foreach get goto if implicit in "
    "init int interface internal is lock long namespace new null object operator out override params partial private "
    "protected public readonly record ref return sbyte sealed set short sizeof stackalloc static string struct switch "
    "this throw true try typeof uint ulong unchecked unsafe ushort using var virtual void volatile when where while "
    "with yield";

constexpr std::string_view kPhp =
    "__CLASS__ __DIR__ __FILE__ __FUNCTION__ __LINE__ __METHOD__ __NAMESPACE__ __TRAIT__ __halt_compiler abstract and "
    "array as bool break callable case catch class clone const continue declare default die do echo else elseif empty "
    "enddeclare endfor endforeach endif endswitch endwhile enum eval exit extends false final finally float fn for "
    "foreach from function global goto if implements include include_once instanceof insteadof int interface isset "
    "iterable list match mixed namespace never new null object or parent print private protected public readonly "
    "require require_once return self static string switch throw trait true try unset use var void while xor yield";

constexpr std::string_view kGo =
    "break case chan const continue default defer else fallthrough false for func go goto if import interface iota map "
    "nil package range return select struct switch true type var";

constexpr std::string_view kRuby =
    "BEGIN END __ENCODING__ __FILE__ __LINE__ alias and begin break case class def defined? do else elsif end ensure "
    "false for if in module next nil not or redo rescue retry return self super then true undef unless until when "
    "while yield";

constexpr std::string_view kRust =
    "Self abstract as async await become box break const continue crate do dyn else enum extern false final fn for if "
    "impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try "
    "type typeof unsafe unsized use virtual where while yield";

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
      return corrected(grammar, "true false null var record yield sealed permits");
    case code::Grammar::kJavascript:
      return corrected(grammar, "true undefined async of arguments", "True");
    case code::Grammar::kCpp:
      return keyword_set(kCpp);
    case code::Grammar::kC:
      return keyword_set(kC);
    case code::Grammar::kCSharp:
      return keyword_set(kCSharp);
    case code::Grammar::kPhp:
      return keyword_set(kPhp);
    case code::Grammar::kGo:
      return keyword_set(kGo);
    case code::Grammar::kRuby:
      return keyword_set(kRuby);
    case code::Grammar::kRust:
      return keyword_set(kRust);
  }
  return {};
}

}  // namespace

const Words& strict_keywords(code::Grammar grammar) {
  static code::GrammarTables<Words> sets(make_words);
  return sets[grammar];
}

}  // namespace quartet::eval
