#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// What XLCoST's copy of a program has lost, as far as its tokens show it. Nothing of it is repaired.
enum class XlcostDamage : std::uint8_t {
  kNotTokenized,       ///< line breaks and none of XLCoST's marks: other text, returned as it is
  kLineBreak,          ///< line breaks beside XLCoST's marks; only the marks count as layout
  kUnterminatedQuote,  ///< a quote without its partner (it stays as a token), or one that pairs across lines
  kStrayMark,          ///< "▁", STRNEWLINE or TABSYMBOL outside strings; a mark within a word ("YesNEW_LINE")
  kLostBlank,          ///< a string in which two words are apart without "▁": they become one
  kLostString,         ///< an empty string in JavaScript, which lost them all; an empty character in C, C++ and Java
  kLostOperator,       ///< two operands meet: an operator (`||`, `|`) or the end of a statement is missing
  kBrokenBlock,        ///< a block's header without body, a body without header; a bracket without partner
  kPrintStatement,     ///< Python 2's print
  kComment,            ///< a comment, which on one line swallows what follows
};
inline constexpr int kNumXlcostDamages = 10;

/// "lost_operator": the kind as files spell it.
std::string_view damage_name(XlcostDamage damage);

struct DetokenizedText {
  std::string text;
  std::vector<XlcostDamage> damage;  ///< each kind once, in the order of the enumeration
  bool damaged() const { return !damage.empty(); }
};

/// Source text from XLCoST's tokens (blank-separated on one line; NEW_LINE, INDENT and DEDENT for layout, "▁" for the
/// blanks in strings). Python gets its lines and indentation (4 blanks a level); the other languages lines where the
/// marks are, C and C++ also before each directive. In strings blanks vanish, "▁" becomes one, and the words
/// STRNEWLINE, NEW_LINE and TABSYMBOL become escape sequences. Python text ends with a newline, other text does not.
/// Any bytes; linear time. Apply once: a second time would take the blanks out of the strings of a text on one line
/// (and flag it); a text on several lines comes back as it is.
DetokenizedText detokenize_xlcost(Grammar grammar, std::string_view text);

}  // namespace quartet::code
