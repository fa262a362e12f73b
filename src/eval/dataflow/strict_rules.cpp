#include "quartet/code/grammar_tables.h"
#include "quartet/eval/dataflow/flow_rules.h"

namespace quartet::eval {
namespace {

FlowRules strict_from(FlowRules rules) {
  rules.strict = true;
  rules.whole_leaves.clear();  // variables inside f-strings and templates are used
  return rules;
}

FlowRules python_rules() {
  FlowRules rules = strict_from(compat_rules(code::Grammar::kPython).rules);
  rules.kinds.push_back({"typed_default_parameter", FlowKind::kDefinition});
  rules.kinds.push_back({"named_expression", FlowKind::kDefinition});
  return rules;
}

FlowRules java_rules() {
  FlowRules rules = strict_from(compat_rules(code::Grammar::kJava).rules);
  rules.kinds.push_back({"do_statement", FlowKind::kWhile});
  rules.for_trigger_type = "";
  rules.for_trigger_field = "init";
  return rules;
}

FlowRules javascript_rules() {
  FlowRules rules = strict_from(compat_rules(code::Grammar::kJavascript).rules);
  rules.kinds.push_back({"assignment_expression", FlowKind::kAssign});
  rules.kinds.push_back({"for_in_statement", FlowKind::kForEach});
  rules.kinds.push_back({"do_statement", FlowKind::kWhile});
  rules.each_name = "left";
  rules.each_value = "right";
  rules.for_trigger_type = "";
  rules.for_trigger_field = "initializer";
  rules.variables = {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"};
  rules.branches = {"else_clause"};
  rules.if_may_change_nothing = false;
  return rules;
}

FlowRules cpp_rules() {
  FlowRules rules;
  rules.kinds = {{"init_declarator", FlowKind::kDefinition},  {"assignment_expression", FlowKind::kAssign},
                 {"update_expression", FlowKind::kIncrement}, {"if_statement", FlowKind::kIf},
                 {"for_statement", FlowKind::kFor},           {"for_range_loop", FlowKind::kForEach},
                 {"while_statement", FlowKind::kWhile},       {"do_statement", FlowKind::kWhile}};
  rules.definition_name = "declarator";
  rules.each_name = "declarator";
  rules.each_value = "right";
  rules.for_trigger_field = "initializer";
  rules.branches = {"else_clause"};
  return strict_from(rules);
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
      return {grammar, cpp_rules()};
  }
}

}  // namespace

const FlowTable& strict_rules(code::Grammar grammar) {
  static code::GrammarTables<FlowTable> tables(make_table);
  return tables[grammar];
}

}  // namespace quartet::eval
