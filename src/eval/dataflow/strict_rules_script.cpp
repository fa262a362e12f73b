// Python, Ruby, PHP, Go and Rust.

#include "strict_rules.h"

namespace quartet::eval {
namespace {

using A = StrictAction;

}  // namespace

StrictRules strict_python() {
  StrictRules rules;
  rules.rules = {{"assignment", A::kAssign, "left", "right"},
                 {"augmented_assignment", A::kAssign, "left", "right"},
                 {"named_expression", A::kDefine, "name", "value"},
                 {"default_parameter", A::kDefine, "name", "value"},
                 {"typed_default_parameter", A::kDefine, "name", "value"},
                 {"parameters", A::kDefine, "*"},
                 {"lambda_parameters", A::kDefine, "*"},
                 {"as_pattern", A::kDefine, "alias", "#0"},
                 {"for_in_clause", A::kEach, "left", "right"},
                 {.type = "list_comprehension", .first = ":for_in_clause|:if_clause"},
                 {.type = "set_comprehension", .first = ":for_in_clause|:if_clause"},
                 {.type = "dictionary_comprehension", .first = ":for_in_clause|:if_clause"},
                 {.type = "generator_expression", .first = ":for_in_clause|:if_clause"},
                 {"match_statement", A::kSubject, "", "subject"},
                 {"case_pattern", A::kPattern, "*"},
                 {.type = "for_statement",
                  .action = A::kEach,
                  .target = "left",
                  .value = "right",
                  .loop = true,
                  .once = "right",
                  .after = "alternative"},
                 {.type = "while_statement", .loop = true, .after = "alternative"}};
  rules.without_variables = {{"attribute", "attribute"},
                             {"keyword_argument", "name"},
                             {"class_pattern", ":dotted_name"},
                             {"keyword_pattern", ":identifier"}};
  rules.no_variables = {"type"};
  rules.arms = {{"if_statement", "consequence|alternative"}};
  rules.arm_types = {"case_clause"};
  rules.bases = {{"subscript", "value"}, {"call", "function"}};
  rules.lists = {"pattern_list", "tuple_pattern", "list_pattern", "expression_list", "tuple", "list"};
  rules.capitals_are_constants = true;
  return rules;
}

StrictRules strict_ruby() {
  StrictRules rules;
  rules.rules = {
      {"assignment", A::kAssign, "left", "right"},
      {"operator_assignment", A::kAssign, "left", "right"},
      {"optional_parameter", A::kDefine, "name", "value"},
      {"keyword_parameter", A::kDefine, "name", "value"},
      {"method_parameters", A::kDefine, "*"},
      {"lambda_parameters", A::kDefine, "*"},
      {"exception_variable", A::kDefine, "*"},
      // A block's parameters come from what its method is called on: `xs.each { |x| … }`.
      {"call", A::kSubject, "", "receiver"},
      {"block_parameters", A::kPattern, "*"},
      {.type = "block", .loop = true},
      {.type = "do_block", .loop = true},
      {.type = "for", .action = A::kEach, .target = "pattern", .value = "value", .loop = true, .once = "value"},
      {.type = "while", .loop = true},
      {.type = "until", .loop = true},
      {.type = "while_modifier", .loop = true},
      {.type = "until_modifier", .loop = true},
      {.type = "if_modifier", .first = "condition"},
      {.type = "unless_modifier", .first = "condition"}};
  rules.variables = {"identifier", "instance_variable", "class_variable", "global_variable", "constant"};
  rules.without_variables = {{"call", "method"}, {"method", "name"}, {"singleton_method", "name"},
                             {"class", "name"},  {"module", "name"}, {"class", "superclass"}};
  rules.no_variables = {"scope_resolution", "alias", "undef"};
  rules.arms = {{"if", "consequence|alternative"},
                {"unless", "consequence|alternative"},
                {"elsif", "consequence|alternative"},
                {"case", ":when|:else"}};
  rules.bases = {{"element_reference", "object"}, {"call", "receiver"}};
  rules.lists = {"left_assignment_list", "right_assignment_list", "destructured_left_assignment", "array"};
  return rules;
}

StrictRules strict_php() {
  StrictRules rules;
  rules.rules = {
      {"assignment_expression", A::kAssign, "left", "right"},
      {"reference_assignment_expression", A::kAssign, "left", "right"},
      {"augmented_assignment_expression", A::kAssign, "left", "right"},
      {"simple_parameter", A::kDefine, "name", "default_value"},
      {"property_promotion_parameter", A::kDefine, "name", "default_value"},
      {"variadic_parameter", A::kDefine, "name"},
      {"static_variable_declaration", A::kDefine, "name", "value"},
      {"catch_clause", A::kDefine, "name"},
      {"update_expression", A::kIncrement, "*"},
      {.type = "foreach_statement", .action = A::kEach, .target = "#1", .value = "#0", .loop = true, .once = "#0"},
      {.type = "for_statement", .loop = true, .once = "<;"},
      {.type = "while_statement", .loop = true},
      {.type = "do_statement", .loop = true}};
  rules.variables = {"variable_name"};
  rules.without_variables = {{"scoped_property_access_expression", "name"}, {"property_element", ":variable_name"}};
  rules.arms = {{"if_statement", "body|alternative"}};
  rules.arm_types = {"case_statement", "default_statement", "match_conditional_expression", "match_default_expression"};
  rules.bases = {{"subscript_expression", "#0"},
                 {"member_access_expression", "object"},
                 {"nullsafe_member_access_expression", "object"},
                 {"function_call_expression", "function"},
                 {"member_call_expression", "object"}};
  rules.lists = {"list_literal", "array_creation_expression"};
  return rules;
}

StrictRules strict_go() {
  StrictRules rules;
  rules.rules = {{"short_var_declaration", A::kDefine, "left", "right"},
                 {"var_spec", A::kDefine, "name", "value"},
                 {"const_spec", A::kDefine, "name", "value"},
                 {"parameter_declaration", A::kDefine, "name"},
                 {"variadic_parameter_declaration", A::kDefine, "name"},
                 {"type_switch_statement", A::kDefine, "alias", "value"},
                 {"assignment_statement", A::kAssign, "left", "right"},
                 {"receive_statement", A::kAssign, "left", "right"},
                 {"inc_statement", A::kIncrement, "*"},
                 {"dec_statement", A::kIncrement, "*"},
                 {.type = "range_clause", .action = A::kEach, .target = "left", .value = "right", .once = "right"},
                 {.type = "for_clause", .once = "initializer"},
                 {.type = "for_statement", .loop = true}};
  rules.arms = {{"if_statement", "consequence|alternative"}};
  rules.arm_types = {"expression_case", "default_case", "type_case", "communication_case"};
  rules.bases = {{"index_expression", "operand"}, {"call_expression", "function"}};
  rules.lists = {"expression_list"};
  return rules;
}

StrictRules strict_rust() {
  StrictRules rules;
  rules.rules = {
      {"let_declaration", A::kDefine, "pattern", "value"},
      {"const_item", A::kDefine, "name", "value"},
      {"static_item", A::kDefine, "name", "value"},
      {"parameter", A::kDefine, "pattern"},
      {"closure_parameters", A::kDefine, "*"},
      {"assignment_expression", A::kAssign, "left", "right"},
      {"compound_assignment_expr", A::kAssign, "left", "right"},
      {"if_let_expression", A::kDefine, "pattern", "value"},
      {"match_expression", A::kSubject, "", "value"},
      {"match_pattern", A::kPattern, "*"},
      {.type = "for_expression",
       .action = A::kEach,
       .target = "pattern",
       .value = "value",
       .loop = true,
       .once = "value"},
      {.type = "while_let_expression", .action = A::kDefine, .target = "pattern", .value = "value", .loop = true},
      {.type = "while_expression", .loop = true},
      {.type = "loop_expression", .loop = true}};
  rules.variables = {"identifier", "shorthand_field_identifier"};
  rules.without_variables = {
      {"tuple_struct_pattern", "type"}, {"macro_invocation", "macro"}, {"enum_variant", "name"}, {"mod_item", "name"}};
  rules.no_variables = {"scoped_identifier",    "lifetime",        "loop_label", "attribute_item", "use_declaration",
                        "inner_attribute_item", "macro_definition"};
  rules.arms = {{"if_expression", "consequence|alternative"}, {"if_let_expression", "consequence|alternative"}};
  rules.arm_types = {"match_arm"};
  rules.bases = {{"index_expression", "#0"}, {"call_expression", "function"}};
  rules.wrappers = {"reference_expression"};
  rules.lists = {"tuple_pattern", "tuple_expression", "slice_pattern", "array_expression"};
  rules.capitals_are_constants = true;
  return rules;
}

}  // namespace quartet::eval
