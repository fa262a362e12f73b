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

/// The rules of C#, which codebleu applies to C++ (and C) too.
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
  rules.definition_by_position = true;
  rules.each_name = "left";
  rules.each_value = "right";
  rules.for_trigger_type = "local_variable_declaration";
  rules.branches = {"if_statement", "else"};
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
    default:
      return {grammar, c_sharp_rules()};
  }
}

}  // namespace

const FlowTable& compat_rules(code::Grammar grammar) {
  static code::GrammarTables<FlowTable> tables(make_table);
  return tables[grammar];
}

}  // namespace quartet::eval
