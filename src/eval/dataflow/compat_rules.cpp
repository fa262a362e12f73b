#include "quartet/code/grammar_tables.h"
#include "quartet/eval/dataflow/flow_rules.h"

namespace quartet::eval {
namespace {

FlowRules python_rules() {
  FlowRules rules;
  rules.kinds = {{"default_parameter", FlowKind::kDefinition},
                 {"assignment", FlowKind::kAssignPairs},
                 {"augmented_assignment", FlowKind::kAssignPairs},
                 {"for_in_clause", FlowKind::kForClause},
                 {"if_statement", FlowKind::kIf},
                 {"for_statement", FlowKind::kForPairs},
                 {"while_statement", FlowKind::kWhile}};
  rules.assignment_may_lack_value = true;
  rules.branches = {"elif_clause", "else_clause"};
  return rules;
}

FlowRules java_rules() {
  FlowRules rules;
  rules.kinds = {{"variable_declarator", FlowKind::kDefinition},
                 {"assignment_expression", FlowKind::kAssign},
                 {"update_expression", FlowKind::kIncrement},
                 {"if_statement", FlowKind::kIf},
                 {"else", FlowKind::kIf},
                 {"for_statement", FlowKind::kFor},
                 {"enhanced_for_statement", FlowKind::kForEach},
                 {"while_statement", FlowKind::kWhile}};
  rules.for_trigger_type = "local_variable_declaration";
  rules.branches = {"if_statement", "else"};
  rules.branches_stick = true;
  return rules;
}

FlowRules javascript_rules() {
  FlowRules rules;
  rules.kinds = {{"variable_declarator", FlowKind::kDefinition},
                 {"assignment_pattern", FlowKind::kAssign},
                 {"augmented_assignment_expression", FlowKind::kAssign},
                 {"update_expression", FlowKind::kIncrement},
                 {"if_statement", FlowKind::kIf},
                 {"else", FlowKind::kIf},
                 {"for_statement", FlowKind::kFor},
                 {"while_statement", FlowKind::kWhile}};
  rules.for_trigger_type = "variable_declaration";
  rules.branches = {"if_statement", "else"};
  rules.branches_stick = true;
  rules.if_may_change_nothing = true;
  return rules;
}

/// The rules of C#, which codebleu applies to C++ and C too.
FlowRules c_sharp_rules() {
  FlowRules rules;
  rules.kinds = {{"variable_declarator", FlowKind::kDefinition},
                 {"assignment_expression", FlowKind::kAssign},
                 {"postfix_unary_expression", FlowKind::kIncrement},
                 {"if_statement", FlowKind::kIf},
                 {"else", FlowKind::kIf},
                 {"for_statement", FlowKind::kFor},
                 {"for_each_statement", FlowKind::kForEach},
                 {"while_statement", FlowKind::kWhile}};
  rules.definition_parts = DefinitionParts::kFirstTwoOfTwo;
  rules.each_name = "left";
  rules.each_value = "right";
  rules.for_trigger_type = "local_variable_declaration";
  rules.branches = {"if_statement", "else"};
  rules.branches_stick = true;
  return rules;
}

FlowRules php_rules() {
  FlowRules rules;
  rules.kinds = {{"simple_parameter", FlowKind::kDefinition},
                 {"assignment_expression", FlowKind::kAssign},
                 {"augmented_assignment_expression", FlowKind::kAssign},
                 {"update_expression", FlowKind::kIncrement},
                 {"if_statement", FlowKind::kIf},
                 {"else_clause", FlowKind::kIf},
                 {"for_statement", FlowKind::kFor},
                 {"foreach_statement", FlowKind::kForEach},
                 {"while_statement", FlowKind::kWhile}};
  rules.definition_value = "default_value";
  rules.each_variable_type = "variable_name";
  rules.for_trigger_type = "assignment_expression";
  rules.branches = {"if_statement", "else_clause"};
  rules.branches_stick = true;
  rules.if_may_change_nothing = true;
  return rules;
}

FlowRules go_rules() {
  FlowRules rules;
  rules.kinds = {{"var_spec", FlowKind::kDefinition},
                 {"assignment_statement", FlowKind::kAssign},
                 {"inc_statement", FlowKind::kIncrement},
                 {"if_statement", FlowKind::kIf},
                 {"else", FlowKind::kIf},
                 {"for_statement", FlowKind::kFor}};
  rules.for_trigger_type = "for_clause";
  rules.for_trigger_update = "update";
  rules.branches = {"if_statement", "else"};
  rules.branches_stick = true;
  rules.if_may_change_nothing = true;
  return rules;
}

/// Upstream's Ruby function works on its caller's states, the others on copies: no text shows the difference, because
/// an `if` hands its own states only to other `if`s, which change none.
FlowRules ruby_rules() {
  FlowRules rules;
  rules.kinds = {{"keyword_parameter", FlowKind::kDefinition},
                 {"assignment", FlowKind::kAssignPairs},
                 {"operator_assignment", FlowKind::kAssignEnds},
                 {"if", FlowKind::kIf},
                 {"elsif", FlowKind::kIf},
                 {"else", FlowKind::kIf},
                 {"unless", FlowKind::kIf},
                 {"when", FlowKind::kIf},
                 {"for", FlowKind::kForEach},
                 {"while_modifier", FlowKind::kWhile},
                 {"until", FlowKind::kWhile}};
  rules.each_name = "pattern";
  rules.each_gathers = true;
  rules.branches = {"if", "elsif", "else", "unless", "when"};
  return rules;
}

/// A function's body is not looked at: its third child is the value of its second one.
FlowRules rust_rules() {
  FlowRules rules;
  rules.kinds = {{"function_item", FlowKind::kDefinition},
                 {"assignment_expression", FlowKind::kAssign},
                 {"compound_assignment_expr", FlowKind::kAssign},
                 {"let_expression", FlowKind::kAssign},
                 {"if_expression", FlowKind::kIf},
                 {"if_let_expression", FlowKind::kIf},
                 {"match_expression", FlowKind::kIf},
                 {"else", FlowKind::kIf},
                 {"for_expression", FlowKind::kFor},
                 {"while_expression", FlowKind::kWhile},
                 {"while_let_expression", FlowKind::kWhile},
                 {"loop_expression", FlowKind::kWhile}};
  rules.definition_parts = DefinitionParts::kBehindFirst;
  rules.branches = {"if_expression", "if_let_expression", "match_expression", "else"};
  rules.branches_stick = true;
  return rules;
}

FlowTable make_table(code::Grammar grammar) {
  switch (grammar) {
    case code::Grammar::kPython:
      return {grammar, python_rules()};
    case code::Grammar::kJava:
      return {grammar, java_rules()};
    case code::Grammar::kJavascript:
      return {grammar, javascript_rules()};
    case code::Grammar::kCpp:
    case code::Grammar::kC:
    case code::Grammar::kCSharp:
      break;
    case code::Grammar::kPhp:
      return {grammar, php_rules()};
    case code::Grammar::kGo:
      return {grammar, go_rules()};
    case code::Grammar::kRuby:
      return {grammar, ruby_rules()};
    case code::Grammar::kRust:
      return {grammar, rust_rules()};
  }
  return {grammar, c_sharp_rules()};
}

}  // namespace

const FlowTable& compat_rules(code::Grammar grammar) {
  static code::GrammarTables<FlowTable> tables(make_table);
  return tables[grammar];
}

}  // namespace quartet::eval
