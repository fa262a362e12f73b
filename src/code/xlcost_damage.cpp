#include "xlcost_damage.h"

#include <algorithm>
#include <span>

namespace quartet::code {
namespace {

using Words = std::span<const std::string_view>;

bool is_one_of(std::string_view word, Words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_character(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '$';
}

/// Python's words after which no operand has ended.
bool is_python_keyword(std::string_view word) {
  static constexpr std::string_view kWords[] = {
      "and",  "as",      "assert", "async", "await",  "case", "class",  "def",   "del",  "elif",   "else",  "except",
      "exec", "finally", "for",    "from",  "global", "if",   "import", "in",    "is",   "lambda", "match", "nonlocal",
      "not",  "or",      "print",  "raise", "return", "try",  "type",   "while", "with", "yield"};
  return is_one_of(word, kWords);
}

/// Words of the C-like languages after which an operand may stand.
bool is_c_like_keyword(std::string_view word) {
  static constexpr std::string_view kWords[] = {
      "abstract", "and",        "as",       "async",    "await",      "bitand",    "bitor",    "break",    "case",
      "catch",    "class",      "const",    "continue", "default",    "delete",    "do",       "else",     "enum",
      "export",   "extends",    "extern",   "final",    "finally",    "from",      "function", "get",      "goto",
      "if",       "implements", "import",   "in",       "instanceof", "interface", "is",       "let",      "new",
      "not",      "of",         "operator", "or",       "private",    "protected", "public",   "return",   "set",
      "sizeof",   "static",     "struct",   "throw",    "throws",     "try",       "typedef",  "typename", "typeof",
      "union",    "unsigned",   "using",    "var",      "void",       "volatile",  "while",    "xor",      "yield",
      "auto",     "signed",     "long",     "short",    "for",        "switch",    "package"};
  return is_one_of(word, kWords);
}

/// Words that are operators between two operands, or end one.
bool is_word_operator(std::string_view word) {
  static constexpr std::string_view kWords[] = {"and",  "and_eq",     "as",    "bitand",     "bitor", "extends",
                                                "from", "implements", "in",    "instanceof", "is",    "not_eq",
                                                "of",   "or",         "or_eq", "throws",     "xor",   "xor_eq"};
  return is_one_of(word, kWords);
}

bool is_control(std::string_view word) {
  static constexpr std::string_view kWords[] = {"if",           "while", "for",      "switch", "catch",  "with",
                                                "synchronized", "try",   "decltype", "typeof", "alignas"};
  return is_one_of(word, kWords);
}

bool is_c_like(Grammar grammar) {
  return grammar == Grammar::kC || grammar == Grammar::kCpp || grammar == Grammar::kJava ||
         grammar == Grammar::kJavascript;
}

}  // namespace

std::vector<XlcostDamage> DamageSet::list() const {
  std::vector<XlcostDamage> list;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i]) list.push_back(static_cast<XlcostDamage>(i));
  }
  return list;
}

StatementCheck::Kind StatementCheck::kind_of(const XlcostToken& token) {
  if (token.is_string) return Kind::kString;
  const std::string_view text = token.text;
  if (std::all_of(text.begin(), text.end(), is_name_character)) return is_digit(text[0]) ? Kind::kNumber : Kind::kWord;
  if (is_digit(text[0]) &&
      std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_name_character(c); }))
    return Kind::kNumber;
  if (text.size() == 1 && (text[0] == ')' || text[0] == ']' || text[0] == '}')) return Kind::kClosing;
  return std::any_of(text.begin(), text.end(), is_name_character) ? Kind::kNone : Kind::kPunctuation;
}

void StatementCheck::add(const XlcostToken& token) {
  const Kind kind = kind_of(token);
  if (grammar_ == Grammar::kPython) {
    check_python(token, kind);
  } else if (is_c_like(grammar_)) {
    check_c_like(token, kind);
  }
  track_brackets(token, kind);
  before_last_ = last_;
  last_ = token.text;
  last_kind_ = kind;
}

void StatementCheck::end_line() {
  if (in_directive_) last_kind_ = Kind::kNone;
  in_directive_ = false;
  if (grammar_ != Grammar::kPython) return;
  last_ = {};
  last_kind_ = Kind::kNone;
}

void StatementCheck::finish() {
  if (!brackets_.empty() || (is_c_like(grammar_) && ends_header())) damage_.add(XlcostDamage::kBrokenBlock);
}

void StatementCheck::check_python(const XlcostToken& token, Kind kind) const {
  if (!token.is_string && token.text.starts_with('#')) damage_.add(XlcostDamage::kComment);
  const bool is_keyword = kind == Kind::kWord && is_python_keyword(token.text);
  const bool starts_operand = (kind == Kind::kWord && !is_keyword) || kind == Kind::kNumber || kind == Kind::kString;
  if (last_ == "print" && (before_last_.empty() || before_last_ == ":" || before_last_ == ";") &&
      (starts_operand || token.text == "not" || token.text == "lambda" || token.text == ">>"))
    damage_.add(XlcostDamage::kPrintStatement);
  const bool ended_operand = (last_kind_ == Kind::kWord && !is_python_keyword(last_)) || last_kind_ == Kind::kNumber ||
                             last_kind_ == Kind::kString || last_kind_ == Kind::kClosing;
  const bool joins_strings = last_kind_ == Kind::kString && kind == Kind::kString;
  if ((ended_operand && starts_operand && !joins_strings) || (last_kind_ == Kind::kNumber && token.text == "("))
    damage_.add(XlcostDamage::kLostOperator);
}

void StatementCheck::check_c_like(const XlcostToken& token, Kind kind) {
  if (!token.is_string && (token.text.starts_with("//") || token.text.starts_with("/*") || token.text == "*/"))
    damage_.add(XlcostDamage::kComment);
  if (ends_header() && (token.text == "}" || token.text == "else")) damage_.add(XlcostDamage::kBrokenBlock);
  if (!in_directive_ && operands_meet(token, kind)) damage_.add(XlcostDamage::kLostOperator);
  if (last_kind_ == Kind::kNumber && kind == Kind::kWord && !is_word_operator(token.text))
    damage_.add(XlcostDamage::kLostOperator);  // in a directive too: its line did not end
  if (token.text.starts_with('#') && !token.is_string) in_directive_ = true;
}

/// True after `else` and after the condition of an `if` or `for`.
bool StatementCheck::ends_header() const {
  if (in_directive_) return false;
  return last_ == "else" || (last_ == ")" && (closed_.keyword == "if" || closed_.keyword == "for"));
}

bool StatementCheck::operands_meet(const XlcostToken& token, Kind kind) const {
  const bool is_javascript = grammar_ == Grammar::kJavascript;
  const bool is_c = grammar_ == Grammar::kC || grammar_ == Grammar::kCpp;
  const bool is_name = kind == Kind::kWord && !is_word_operator(token.text);
  const bool is_string = kind == Kind::kString;
  // What can only begin an operand; a parenthesis could also be a call.
  const bool starts_operand = is_name || kind == Kind::kNumber || is_string || token.text == "!";
  switch (last_kind_) {
    case Kind::kNumber:
      return starts_operand || token.text == "(";
    case Kind::kString:  // C joins strings, also by way of macros
      return !(is_c && last_.starts_with('"')) && (is_name || kind == Kind::kNumber || is_string);
    case Kind::kWord:
      if (is_c_like_keyword(last_) || is_control(last_)) return false;
      if (kind == Kind::kNumber || (is_string && !is_c)) return true;
      if (!is_name) return token.text == "!";
      // Two names are a declaration, but not in JavaScript, nor within a condition: `if ( T x = …` and `o instanceof T
      // x` aside.
      if (is_javascript) return true;
      return in_parentheses() && brackets_.back().is_condition && brackets_.back().num_tokens > 1 &&
             !is_c_like_keyword(before_last_);
    case Kind::kClosing:
      return closing_ends_operand(token.text == "(") && (starts_operand || token.text == "(");
    default:
      return false;
  }
}

/// Whether the bracket before ended an operand, so that none may begin here.
bool StatementCheck::closing_ends_operand(bool next_is_parenthesis) const {
  if (closed_.opener == '[') return closed_.is_index && closed_.num_tokens > 0 && !next_is_parenthesis;
  if (closed_.opener != '(' || !closed_.keyword.empty()) return false;
  if (closed_.is_group) return !closed_.has_body && !(closed_.may_be_type && closed_.num_open_angles == 0);
  // A call, or in Java and C++ the head of a function.
  return !next_is_parenthesis && (grammar_ == Grammar::kJavascript || in_parentheses());
}

void StatementCheck::track_brackets(const XlcostToken& token, Kind kind) {
  bool is_bracket = false;
  for (const char c : kind == Kind::kString ? std::string_view() : token.text)
    is_bracket = track_bracket(c) || is_bracket;  // perhaps several without blanks between them
  if (!is_bracket && !brackets_.empty()) note_content(token, kind);
}

/// False if `c` is none.
bool StatementCheck::track_bracket(char c) {
  if (c == '(' || c == '[' || c == '{') {
    open_bracket(c);
  } else if (c == ')' || c == ']' || c == '}') {
    close_bracket(c);
  } else {
    return false;
  }
  return true;
}

void StatementCheck::open_bracket(char opener) {
  const bool after_operand = (last_kind_ == Kind::kWord && !is_c_like_keyword(last_)) || last_kind_ == Kind::kString ||
                             last_kind_ == Kind::kClosing;
  Bracket bracket;
  bracket.opener = opener;
  bracket.is_group = opener == '(' && !after_operand;
  bracket.is_index = opener == '[' && after_operand;
  if (opener == '(' && last_kind_ == Kind::kWord && is_control(last_)) bracket.keyword = last_;
  bracket.is_condition = bracket.keyword == "if" || bracket.keyword == "while";
  brackets_.push_back(bracket);
}

void StatementCheck::close_bracket(char closer) {
  closed_ = {};
  const char opener = closer == ')' ? '(' : closer == ']' ? '[' : '{';
  if (brackets_.empty() || brackets_.back().opener != opener) damage_.add(XlcostDamage::kBrokenBlock);
  if (brackets_.empty()) return;
  closed_ = brackets_.back();
  brackets_.pop_back();
  if (brackets_.empty()) return;
  Bracket& outer = brackets_.back();
  ++outer.num_tokens;
  outer.has_body = outer.has_body || closed_.has_body || closed_.opener == '{';
  outer.may_be_type = outer.may_be_type && closed_.opener == '[' && closed_.may_be_type;
}

void StatementCheck::note_content(const XlcostToken& token, Kind kind) {
  static constexpr std::string_view kOfTypes[] = {"<", ">", ",", "*", "&", ".", "::", "?", ">>", "->"};
  Bracket& bracket = brackets_.back();
  ++bracket.num_tokens;
  if (token.text == ",") --bracket.num_tokens;  // [ , ] is as empty as [ ]
  if (token.text == "<") ++bracket.num_open_angles;
  if (token.text == ">") --bracket.num_open_angles;
  if (token.text == ">>") bracket.num_open_angles -= 2;
  if (token.text == "=>") bracket.has_body = true;
  if (kind != Kind::kWord && !is_one_of(token.text, kOfTypes)) bracket.may_be_type = false;
}

}  // namespace quartet::code
