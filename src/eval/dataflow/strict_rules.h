#pragma once

#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

/// What a node does with the variables in its target and value parts.
enum class StrictAction : unsigned char {
  kNone,
  kDefine,     ///< target <- value, "comes from"; without a value the target is a new variable
  kAssign,     ///< target <- value, "computed from"; `+=` and the like read the target too
  kEach,       ///< target <- an element of the value, "computed from"
  kIncrement,  ///< the target is computed from itself, if there is a ++ or -- beside it
  kSubject,    ///< the patterns below take from the value
  kPattern,    ///< target <- the value of the nearest kSubject above, "comes from"
};

/// The rule for one type of node: target and value first, then the other children in order.
///
/// Parts of a node are said by words joined by `|`: `name` is the children under that field, `:type` those of that type
/// under no field, `#0` the first named child and `#-1` the last, `<;` those in front of the first semicolon, `*` all
/// named children under no field.
struct StrictRule {
  std::string_view type;
  StrictAction action = StrictAction::kNone;
  std::string_view target = "";
  std::string_view value = "";
  bool loop = false;
  std::string_view once = "";   ///< of a loop: runs before the first pass only (a value there, of a loop's kEach, too)
  std::string_view after = "";  ///< of a loop: runs once it is left
  std::string_view first = "";  ///< runs before the rest although it is written behind
};

/// Parts of a type of node ("" = of any) in one role.
struct StrictParts {
  std::string_view type;
  std::string_view parts;
};

/// The strict data-flow rules of one language, as data. The words are node types and field names of its grammar.
struct StrictRules {
  std::vector<StrictRule> rules;
  /// Leaves that are variables.
  std::vector<std::string_view> variables{"identifier"};
  /// Parts that hold no variables: names of members, methods and types, labels …
  std::vector<StrictParts> without_variables;
  /// Types of nodes that hold no variables.
  std::vector<std::string_view> no_variables;
  /// Alternatives: each starts from the state in front of the first.
  std::vector<StrictParts> arms;
  std::vector<std::string_view> arm_types;
  /// Parts that are written to where such a node is a target; the rest (indices) is read.
  std::vector<StrictParts> bases;
  /// Lists whose elements pair up in an assignment.
  std::vector<std::string_view> lists;
  /// Nodes around a single list that pair up as the list does.
  std::vector<std::string_view> wrappers;
  /// In patterns: `None` is a constant, not a new variable.
  bool capitals_are_constants = false;
};

/// Parts as they are looked up.
struct StrictPart {
  enum class Kind : unsigned char { kField, kType, kIndex, kBeforeSemicolon, kNamed };
  Kind kind;
  std::string_view word;
  int index = 0;
};
using StrictPartList = std::vector<StrictPart>;

/// The rules looked up by symbol of a grammar.
struct StrictTable {
  StrictTable(code::Grammar grammar, StrictRules strict_rules);

  struct Rule {
    StrictAction action;
    StrictPartList target, value, once, after, first;
    bool loop;
  };
  struct Symbol {
    int rule = -1;
    bool is_variable = false;
    bool holds_no_variables = false;
    bool is_arm = false;
    bool is_list = false;
    bool is_wrapper = false;
    bool has_base = false;
    StrictPartList arms, base, without_variables;
  };
  std::vector<Rule> rules;
  std::vector<Symbol> symbols;
  bool capitals_are_constants;
};

const StrictTable& strict_table(code::Grammar grammar);

StrictRules strict_python();
StrictRules strict_java();
StrictRules strict_javascript();
StrictRules strict_cpp();
StrictRules strict_c();
StrictRules strict_c_sharp();
StrictRules strict_php();
StrictRules strict_go();
StrictRules strict_ruby();
StrictRules strict_rust();

}  // namespace quartet::eval
