#pragma once

#include <string_view>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

/// What a node does to the values of variables.
enum class FlowKind : unsigned char {
  kGeneric,      ///< children one after the other
  kDefinition,   ///< name <- value, "comes from"
  kAssign,       ///< left <- right, one edge for each pair of variables
  kAssignPairs,  ///< Python, Ruby: element by element where both sides have as many; one edge holds all sources
  kAssignEnds,   ///< Ruby's `+=`: first child <- last child; one edge holds all sources
  kForClause,    ///< Python's comprehension clause: an assignment that goes before its siblings
  kIncrement,    ///< every variable inside depends on every one
  kIf,
  kFor,       ///< one pass, then a second one over what follows the initialiser
  kForPairs,  ///< Python's for
  kForEach,
  kWhile,  ///< two passes
};

/// Where a definition has its name and its value.
enum class DefinitionParts : unsigned char {
  kFields,
  kFirstTwoOfTwo,  ///< child 0 <- child 1 if there are exactly two, else child 0 alone
  kBehindFirst,    ///< child 1 <- child 2
};

/// The data-flow rules of one language, as data. The words are node types and field names of its grammar.
struct FlowRules {
  struct Entry {
    std::string_view type;
    FlowKind kind;
  };
  std::vector<Entry> kinds;

  /// Leaves whose children are not looked at.
  std::vector<std::string_view> whole_leaves{"string_literal", "string", "character_literal"};
  /// Leaves that are variables although never assigned before.
  std::vector<std::string_view> variables{"identifier"};

  std::string_view definition_name = "name";
  std::string_view definition_value = "value";
  DefinitionParts definition_parts = DefinitionParts::kFields;
  bool assignment_may_lack_value = false;  ///< it then does nothing; elsewhere it is broken code

  std::string_view each_name = "name";
  std::string_view each_value = "value";
  std::string_view each_body = "body";
  std::string_view each_variable_type;  ///< if set: the first child of this type is the value, the second the name
  bool each_gathers = false;            ///< one edge holds all sources

  std::string_view for_trigger_type;   ///< the second pass starts behind the first child of this type …
  std::string_view for_trigger_update;  ///< … whose own child under this field goes first

  /// Children of an `if` that are branches; the others run one after the other.
  std::vector<std::string_view> branches;
  bool branches_stick = false;         ///< every child behind the first branch is one too
  bool if_may_change_nothing = false;  ///< the state before an `if` stays possible even with an else
};

/// The rules looked up by symbol of a grammar.
struct FlowTable {
  FlowTable(code::Grammar grammar, FlowRules rules);

  FlowRules rules;
  std::vector<FlowKind> kind;
  std::vector<bool> is_whole_leaf;
  std::vector<bool> is_variable;
  std::vector<bool> is_comment;
  std::vector<bool> is_branch;
  std::vector<bool> mentions_else;
  std::vector<bool> is_comma;
  std::vector<bool> is_for_trigger;
};

/// codebleu 0.6.0's rules: C++ has C#'s, JavaScript has no plain assignment, and so on.
const FlowTable& compat_rules(code::Grammar grammar);

}  // namespace quartet::eval
