// The family of C: C, C++, C#, Java and JavaScript.

#include "strict_rules.h"

namespace quartet::eval {
namespace {

using A = StrictAction;

/// What C and C++ share.
StrictRules c_like() {
  StrictRules rules;
  rules.rules = {{"init_declarator", A::kDefine, "declarator", "value"},
                 {"declaration", A::kDefine, "declarator", "value"},
                 {"parameter_declaration", A::kDefine, "declarator"},
                 {"function_definition", A::kDefine, "declarator"},
                 {"enumerator", A::kDefine, "name", "value"},
                 {"preproc_def", A::kDefine, "name"},
                 {"preproc_function_def", A::kDefine, "name"},
                 {"assignment_expression", A::kAssign, "left", "right"},
                 {"update_expression", A::kIncrement, "argument"},
                 {.type = "for_statement", .loop = true, .once = "initializer"},
                 {.type = "while_statement", .loop = true},
                 {.type = "do_statement", .loop = true}};
  rules.without_variables = {{"attribute", "name|prefix"}};
  rules.arms = {{"if_statement", "consequence|alternative"}};
  rules.arm_types = {"case_statement"};
  rules.bases = {{"subscript_expression", "argument"},
                 {"array_declarator", "declarator"},
                 {"function_declarator", "declarator"},
                 {"call_expression", "function"}};
  return rules;
}

}  // namespace

StrictRules strict_c() {
  return c_like();
}

StrictRules strict_cpp() {
  StrictRules rules = c_like();
  rules.rules.push_back({"optional_parameter_declaration", A::kDefine, "declarator", "default_value"});
  rules.rules.push_back({.type = "for_range_loop",
                         .action = A::kEach,
                         .target = "declarator",
                         .value = "right",
                         .loop = true,
                         .once = "initializer|right"});
  return rules;
}

StrictRules strict_c_sharp() {
  StrictRules rules;
  rules.rules = {{"variable_declarator", A::kDefine, ":identifier|:tuple_pattern", ":equals_value_clause"},
                 {"parameter", A::kDefine, "name", ":equals_value_clause"},
                 {"parameter_list", A::kDefine, "name"},
                 {"lambda_expression", A::kDefine, ":identifier"},
                 {"declaration_expression", A::kDefine, "name"},
                 {"catch_declaration", A::kDefine, "name"},
                 {"let_clause", A::kDefine, "#0", "#-1"},
                 {"from_clause", A::kEach, "#-2", "#-1"},
                 {"assignment_expression", A::kAssign, "left", "right"},
                 {"prefix_unary_expression", A::kIncrement, "*|argument"},
                 {"postfix_unary_expression", A::kIncrement, "*"},
                 {.type = "for_each_statement",
                  .action = A::kEach,
                  .target = "left",
                  .value = "right",
                  .loop = true,
                  .once = "right"},
                 {.type = "for_statement", .loop = true, .once = "initializer"},
                 {.type = "while_statement", .loop = true},
                 {.type = "do_statement", .loop = true},
                 {"switch_statement", A::kSubject, "", "value"},
                 {"switch_expression", A::kSubject, "", "#0"},
                 {"is_pattern_expression", A::kSubject, "", "expression"},
                 {"declaration_pattern", A::kPattern, "name|:parenthesized_variable_designation"},
                 {"var_pattern", A::kPattern, "name|:parenthesized_variable_designation"},
                 {"recursive_pattern", A::kPattern, "name"}};
  rules.without_variables = {{"", "type|bases"},
                             {"member_access_expression", "name"},
                             {"member_binding_expression", "name"},

                             {"as_expression", "right"},
                             {"class_declaration", "name"},
                             {"struct_declaration", "name"},
                             {"interface_declaration", "name"},
                             {"enum_declaration", "name"},
                             {"record_declaration", "name"},
                             {"record_struct_declaration", "name"},
                             {"constructor_declaration", "name"},
                             {"destructor_declaration", "name"},
                             {"namespace_declaration", "name"},
                             {"file_scoped_namespace_declaration", "name"},
                             {"property_declaration", "name"},
                             {"labeled_statement", ":identifier"},
                             {"goto_statement", "#0"}};
  rules.no_variables = {"generic_name",       "attribute_list",     "using_directive",
                        "name_colon",         "name_equals",        "type_parameter_list",
                        "type_of_expression", "size_of_expression", "type_parameter_constraints_clause"};
  rules.arms = {{"if_statement", "consequence|alternative"}};
  rules.arm_types = {"switch_section", "switch_expression_arm"};
  rules.bases = {{"element_access_expression", "expression"}, {"invocation_expression", "function"}};
  rules.lists = {"tuple_expression", "tuple_pattern"};
  rules.wrappers = {"equals_value_clause"};
  return rules;
}

StrictRules strict_java() {
  StrictRules rules;
  rules.rules = {{"variable_declarator", A::kDefine, "name", "value"},
                 {"formal_parameter", A::kDefine, "name"},
                 {"catch_formal_parameter", A::kDefine, "name"},
                 {"resource", A::kDefine, "name", "value"},
                 {"lambda_expression", A::kDefine, "parameters"},
                 {"enum_constant", A::kDefine, "name"},
                 {"instanceof_expression", A::kDefine, "name|pattern", "left"},
                 {"type_pattern", A::kPattern, ":identifier"},
                 {"record_pattern_component", A::kPattern, ":identifier"},
                 {"switch_expression", A::kSubject, "", "condition"},
                 {"assignment_expression", A::kAssign, "left", "right"},
                 {"update_expression", A::kIncrement, "*"},
                 {.type = "enhanced_for_statement",
                  .action = A::kEach,
                  .target = "name",
                  .value = "value",
                  .loop = true,
                  .once = "value"},
                 {.type = "for_statement", .loop = true, .once = "init"},
                 {.type = "while_statement", .loop = true},
                 {.type = "do_statement", .loop = true}};
  rules.without_variables = {{"field_access", "field"},
                             {"method_invocation", "name"},
                             {"method_declaration", "name"},
                             {"constructor_declaration", "name"},
                             {"compact_constructor_declaration", "name"},
                             {"class_declaration", "name"},
                             {"interface_declaration", "name"},
                             {"enum_declaration", "name"},
                             {"record_declaration", "name"},
                             {"annotation_type_declaration", "name"},
                             {"annotation", "name"},
                             {"annotation_type_element_declaration", "name"},
                             {"record_pattern", ":identifier"},
                             {"element_value_pair", "key"},
                             {"labeled_statement", ":identifier"},
                             {"break_statement", "*"},
                             {"continue_statement", "*"}};
  rules.no_variables = {"import_declaration", "package_declaration", "marker_annotation"};
  rules.arms = {{"if_statement", "consequence|alternative"}};
  rules.arm_types = {"switch_block_statement_group", "switch_rule"};
  rules.bases = {{"array_access", "array"}, {"method_invocation", "object"}};
  return rules;
}

StrictRules strict_javascript() {
  StrictRules rules;
  rules.rules = {{"variable_declarator", A::kDefine, "name", "value"},
                 {"assignment_pattern", A::kDefine, "left", "right"},
                 {"object_assignment_pattern", A::kDefine, "left", "right"},
                 {"formal_parameters", A::kDefine, "*"},
                 {"arrow_function", A::kDefine, "parameter"},
                 {"catch_clause", A::kDefine, "parameter"},
                 {"assignment_expression", A::kAssign, "left", "right"},
                 {"augmented_assignment_expression", A::kAssign, "left", "right"},
                 {"update_expression", A::kIncrement, "argument"},
                 {.type = "for_in_statement",
                  .action = A::kEach,
                  .target = "left",
                  .value = "right",
                  .loop = true,
                  .once = "right"},
                 {.type = "for_statement", .loop = true, .once = "initializer"},
                 {.type = "while_statement", .loop = true},
                 {.type = "do_statement", .loop = true}};
  rules.variables = {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"};
  rules.arms = {{"if_statement", "consequence|alternative"}};
  rules.arm_types = {"switch_case", "switch_default"};
  rules.bases = {{"subscript_expression", "object"}, {"call_expression", "function"}, {"pair_pattern", "value"}};
  rules.lists = {"array_pattern", "array"};
  return rules;
}

}  // namespace quartet::eval
