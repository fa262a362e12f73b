#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::code {

/// The grammars that are built in, at the versions that `grammar_version` names.
enum class Grammar : std::uint8_t { kPython, kJava, kJavascript, kCpp, kC, kCSharp, kPhp, kGo, kRuby, kRust };
inline constexpr int kNumGrammars = 10;

/// The grammar of a language id ("cpp"); nothing for a language without one.
std::optional<Grammar> find_grammar(std::string_view language_id);
std::string_view language_id(Grammar grammar);
std::string_view grammar_version(Grammar grammar);
std::string_view tree_sitter_version();
/// A hash of the grammar's tables as compiled in (symbol, field and state counts and names), 16 hexadecimal digits.
std::string grammar_hash(Grammar grammar);
/// Type names by symbol; several symbols may share one name.
std::span<const std::string> symbol_names(Grammar grammar);

/// A place in a text: 0-based row, and column in bytes.
struct Point {
  std::uint32_t row = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

/// One node. Nodes lie in pre-order, so a subtree is the index range [index, end).
struct SyntaxNode {
  std::uint32_t parent = 0;  ///< the root is its own parent
  std::uint32_t end = 0;
  std::uint32_t num_children = 0;
  std::uint32_t depth = 0;  ///< 0 at the root
  std::uint32_t start_byte = 0;
  std::uint32_t end_byte = 0;
  Point start;
  Point stop;
  std::uint16_t symbol = 0;
  std::uint16_t field = 0;  ///< as the s-expression shows it; 0 = none
  bool named = false;
  bool missing = false;
  bool extra = false;
  bool error = false;
  bool has_error = false;
  /// A hidden token that error recovery inserted: in the s-expression, but no child of anything.
  bool hidden = false;
  bool printed = false;          ///< appears in the s-expression of the nodes around it
  std::uint16_t own_symbol = 0;  ///< what the node is without the alias that its parent gives it
  bool own_printed = false;      ///< would be printed without the alias
  std::int32_t unexpected = 0;   ///< the character of an UNEXPECTED leaf, where `is_unexpected`
  bool is_unexpected = false;
};

/// The syntax tree of one text: the only user of tree-sitter.
class SyntaxTree {
 public:
  /// Input: valid UTF-8 of less than 2 GiB. Any text parses; what fits nowhere becomes ERROR nodes. A text on which the
  /// runtime's error recovery does not come to an end is given up after a number of actions that depends on its length,
  /// and a text of more than 4 MiB before it begins: one ERROR node with an ERROR leaf for every word.
  /// Throws: ResourceError if memory runs out.
  SyntaxTree(Grammar grammar, std::string text);
  ~SyntaxTree();
  SyntaxTree(SyntaxTree&& other) noexcept;
  SyntaxTree& operator=(SyntaxTree&& other) noexcept;

  Grammar grammar() const { return grammar_; }
  const std::string& text() const { return *text_; }
  std::span<const SyntaxNode> nodes() const { return nodes_; }
  std::string_view type(std::uint32_t node) const { return names_[nodes_[node].symbol]; }
  std::string_view text(std::uint32_t node) const;
  std::string_view field_name(std::uint16_t field) const;
  bool gave_up() const { return gave_up_; }
  bool has_error() const { return nodes_[0].has_error; }
  /// Greatest depth of a node.
  std::uint32_t height() const { return height_; }
  /// Visible children, in order.
  std::vector<std::uint32_t> children(std::uint32_t node) const;
  /// First child under a field, as `ts_node_child_by_field_name`.
  std::optional<std::uint32_t> child_by_field(std::uint32_t node, std::string_view field) const;
  /// What the s-expression of a node consists of whose `own_printed` is false: a type name in quotes, or a printed
  /// node.
  struct RootPart {
    std::string_view quoted;
    std::uint32_t node = 0;
    std::uint16_t field = 0;
    bool extra = false;
  };
  std::vector<RootPart> root_parts(std::uint32_t node) const;
  /// The linked runtime's own `ts_node_string`, for tests of our s-expressions. Recursive: not for hostile depths.
  std::string library_s_expression(std::uint32_t node) const;

 private:
  struct Impl;
  void flatten();
  void give_up();
  Grammar grammar_;
  std::span<const std::string> names_;  // of symbols
  std::unique_ptr<std::string> text_;
  std::vector<SyntaxNode> nodes_;
  std::uint32_t height_ = 0;
  bool gave_up_ = false;
  std::unique_ptr<Impl> impl_;
};

/// Calls `visit(child)` for every visible child of `node`, in order.
template <class Visit>
void for_each_child(const SyntaxTree& tree, std::uint32_t node, Visit visit) {
  const auto nodes = tree.nodes();
  for (std::uint32_t child = node + 1; child < nodes[node].end; child = nodes[child].end) {
    if (!nodes[child].hidden) visit(child);
  }
}

}  // namespace quartet::code
