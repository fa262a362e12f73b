#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "quartet/code/xlcost.h"

namespace quartet::code {

/// The kinds of damage that were seen.
class DamageSet {
 public:
  void add(XlcostDamage damage) { seen_[static_cast<std::size_t>(damage)] = true; }
  std::vector<XlcostDamage> list() const;

 private:
  std::array<bool, kNumXlcostDamages> seen_{};
};

/// A token outside the layout marks.
struct XlcostToken {
  std::string_view text;  ///< of a string: with its quotes, as in the input
  bool is_string = false;
};

/// Looks at the tokens of a program, one after another, for statements that cannot be.
class StatementCheck {
 public:
  StatementCheck(Grammar grammar, DamageSet& damage) : grammar_(grammar), damage_(damage) {}
  void add(const XlcostToken& token);
  void end_line();
  /// After the last token.
  void finish();

 private:
  enum class Kind : std::uint8_t { kNone, kWord, kNumber, kString, kClosing, kPunctuation };
  /// An open bracket.
  struct Bracket {
    char opener = '\0';
    std::string_view keyword;  ///< `if`, `while`, `for`, … before it
    bool is_condition = false;
    bool is_group = false;  ///< neither a call nor after a keyword
    bool is_index = false;
    bool may_be_type = true;  ///< nothing in it but what a type's name has
    bool has_body = false;    ///< braces in it
    int num_tokens = 0;
    int num_open_angles = 0;  ///< `<` minus `>`
  };

  static Kind kind_of(const XlcostToken& token);
  void check_python(const XlcostToken& token, Kind kind) const;
  void check_c_like(const XlcostToken& token, Kind kind);
  bool ends_header() const;
  bool operands_meet(const XlcostToken& token, Kind kind) const;
  bool closing_ends_operand(bool next_is_parenthesis) const;
  void track_brackets(const XlcostToken& token, Kind kind);
  bool track_bracket(char c);
  void open_bracket(char opener);
  void close_bracket(char closer);
  void note_content(const XlcostToken& token, Kind kind);
  bool in_parentheses() const { return !brackets_.empty() && brackets_.back().opener != '{'; }

  Grammar grammar_;
  DamageSet& damage_;
  std::vector<Bracket> brackets_;
  Bracket closed_;  ///< the bracket that the last token closed
  Kind last_kind_ = Kind::kNone;
  std::string_view last_;
  std::string_view before_last_;
  bool in_directive_ = false;
};

}  // namespace quartet::code
