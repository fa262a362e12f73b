#include "quartet/code/source_view.h"

#include <algorithm>
#include <array>

#include "quartet/code/grammar_tables.h"
#include "quartet/code/python_text.h"

namespace quartet::code {
namespace {

/// What does not run, in any grammar: comments, C#'s regions, the tag that begins PHP.
constexpr std::array<std::string_view, 8> kComments{"comment",           "line_comment",     "block_comment",
                                                    "html_comment",      "line_continuation", "region_directive",
                                                    "endregion_directive", "php_tag"};
/// Tokens that a grammar takes apart.
constexpr std::array<std::string_view, 19> kWholeTokens{
    "string", "string_literal", "character_literal", "char_literal", "raw_string_literal", "regex", "template_string",
    "interpreted_string_literal",                                       // Go
    "interpolated_string_expression",                                   // C#
    "encapsed_string", "heredoc", "nowdoc", "shell_command_expression", "variable_name",  // PHP
    "heredoc_body", "subshell", "delimited_symbol", "bare_string", "bare_symbol"};        // Ruby

struct SymbolKinds {
  std::vector<bool> is_comment, is_whole, is_string, is_statement, is_body, is_definition;
};

SymbolKinds kinds_of(Grammar grammar) {
  SymbolKinds kinds;
  for (const std::string& name : symbol_names(grammar)) {
    const auto among = [&](const auto& list) { return std::find(list.begin(), list.end(), name) != list.end(); };
    kinds.is_comment.push_back(among(kComments));
    kinds.is_whole.push_back(among(kWholeTokens));
    const bool is_python = grammar == Grammar::kPython;
    kinds.is_string.push_back(is_python && (name == "string" || name == "concatenated_string"));
    kinds.is_statement.push_back(is_python && name == "expression_statement");
    kinds.is_body.push_back(is_python && (name == "module" || name == "block"));
    kinds.is_definition.push_back(is_python &&
                                  (name == "module" || name == "class_definition" || name == "function_definition"));
  }
  return kinds;
}

const SymbolKinds& symbol_kinds(Grammar grammar) {
  static GrammarTables<SymbolKinds> tables(kinds_of);
  return tables[grammar];
}

/// A statement that is only a string, first in a module, class or function.
bool is_docstring(const SyntaxTree& tree, const SymbolKinds& kinds, std::uint32_t statement) {
  const auto nodes = tree.nodes();
  const std::uint32_t body = nodes[statement].parent;
  if (statement == body || nodes[statement].num_children != 1 || !kinds.is_string[nodes[statement + 1].symbol] ||
      !kinds.is_body[nodes[body].symbol] || !kinds.is_definition[nodes[body == 0 ? 0 : nodes[body].parent].symbol]) {
    return false;
  }
  for (std::uint32_t sibling = body + 1; sibling < statement; sibling = nodes[sibling].end) {
    if (!kinds.is_comment[nodes[sibling].symbol] && !nodes[sibling].hidden) return false;
  }
  return true;
}

}  // namespace

SourceView view_source(const SyntaxTree& tree) {
  const auto nodes = tree.nodes();
  const SymbolKinds& kinds = symbol_kinds(tree.grammar());
  SourceView view;
  view.dropped.assign(nodes.size(), false);
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const SyntaxNode& node = nodes[i];
    if (kinds.is_comment[node.symbol] || (kinds.is_statement[node.symbol] && is_docstring(tree, kinds, i))) {
      std::fill(view.dropped.begin() + i, view.dropped.begin() + node.end, true);
      i = node.end - 1;
    } else if (node.num_children == 0 || kinds.is_whole[node.symbol]) {
      const std::string_view text = python_strip(tree.text(i));
      if (!text.empty() && !node.hidden) view.tokens.push_back(text);
      i = node.end - 1;
    }
  }
  return view;
}

}  // namespace quartet::code
