#include "quartet/code/s_expression.h"

#include <array>

#include "quartet/code/grammar_tables.h"

namespace quartet::code {
namespace {

constexpr std::uint64_t kMultiplier1 = 0x9e3779b97f4a7c15u;
constexpr std::uint64_t kMultiplier2 = 0xc2b2ae3d27d4eb4fu;

std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  return value ^ (value >> 32);
}

/// tree-sitter prints a character as C would: some by escape, the others as they are, non-ASCII ones by number.
std::string unexpected_name(std::int32_t character) {
  switch (character) {
    case -1:
      return "INVALID";
    case 0:
      return "'\\0'";
    case '\n':
      return "'\\n'";
    case '\t':
      return "'\\t'";
    case '\r':
      return "'\\r'";
    default:
      break;
  }
  if (character > 0 && character < 128 && character >= 32 && character != 127) {
    return std::string("'") + static_cast<char>(character) + "'";
  }
  return std::to_string(character);
}

/// The opening of a printed node without its parenthesis: `identifier`, `MISSING ";"`, `UNEXPECTED 'c'`.
std::string head(const SyntaxTree& tree, std::uint32_t index) {
  const SyntaxNode& node = tree.nodes()[index];
  if (node.is_unexpected) return "UNEXPECTED " + unexpected_name(node.unexpected);
  std::string name(tree.type(index));
  if (!node.missing) return name;
  return node.named ? "MISSING " + name : "MISSING \"" + name + "\"";
}

const std::vector<Hash128>& symbol_hashes(Grammar grammar) {
  static GrammarTables<std::vector<Hash128>> tables(+[](Grammar each) {
    std::vector<Hash128> hashes;
    for (const std::string& name : symbol_names(each)) hashes.push_back(hash_of(name));
    return hashes;
  });
  return tables[grammar];
}

/// Hash of a sequence that can be extended to the left: sequences of children are met last to first.
struct Sequence {
  Hash128 value;
  std::uint64_t power1 = 1;
  std::uint64_t power2 = 1;

  void prepend(const Sequence& other) {
    value.low = other.value.low + other.power1 * value.low;
    value.high = other.value.high + other.power2 * value.high;
    power1 *= other.power1;
    power2 *= other.power2;
  }
  void prepend(Hash128 item) { prepend(Sequence{{mix(item.low), mix(item.high)}, kMultiplier1, kMultiplier2}); }
};

}  // namespace

Hash128 combine(Hash128 first, Hash128 second) {
  return {mix(first.low * kMultiplier1 + second.low), mix(first.high * kMultiplier2 + second.high + 1)};
}

Hash128 hash_of(std::string_view text) {
  Hash128 hash{text.size(), ~text.size()};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hash.low = (hash.low + byte + 1) * kMultiplier1;
    hash.low ^= hash.low >> 29;
    hash.high = (hash.high + byte + 1) * kMultiplier2;
    hash.high ^= hash.high >> 31;
  }
  return {mix(hash.low), mix(hash.high)};
}

namespace {

/// The name of the node that an s-expression begins with.
std::string root_head(const SyntaxTree& tree, std::uint32_t root) {
  const SyntaxNode& node = tree.nodes()[root];
  if (node.is_unexpected || node.missing) return head(tree, root);
  return symbol_names(tree.grammar())[node.own_symbol];
}

/// Everything inside a printed node's parentheses behind its name, and the closing parenthesis.
void append_inside(const SyntaxTree& tree, std::uint32_t root, std::string& out) {
  const auto nodes = tree.nodes();
  std::vector<std::uint32_t> open{root};  // printed nodes whose parenthesis is open
  for (std::uint32_t i = root + 1; i < nodes[root].end; ++i) {
    while (nodes[open.back()].end <= i) {
      out += ')';
      open.pop_back();
    }
    if (!nodes[i].printed) continue;
    out += ' ';
    if (nodes[i].field != 0) out.append(tree.field_name(nodes[i].field)).append(": ");
    out += "(" + head(tree, i);
    open.push_back(i);
  }
  out.append(open.size(), ')');
}

/// Hash of a node whose own symbol is not printed, from the hashes of the printed nodes in it.
Hash128 unprinted_root_hash(const SyntaxTree& tree, std::uint32_t root, const std::vector<Hash128>& hashes) {
  Hash128 hash{1, 1};
  for (const SyntaxTree::RootPart& part : tree.root_parts(root)) {
    if (!part.quoted.empty()) {
      hash = combine(hash, hash_of(part.quoted));
    } else {
      hash = combine(combine(hash, {part.field, part.extra}), hashes[part.node]);
    }
  }
  return hash;
}

}  // namespace

std::string s_expression(const SyntaxTree& tree, std::uint32_t root) {
  std::string out;
  if (tree.nodes()[root].own_printed) {
    out = "(" + root_head(tree, root);
    append_inside(tree, root, out);
    return out;
  }
  for (const SyntaxTree::RootPart& part : tree.root_parts(root)) {
    if (!part.quoted.empty()) {
      out.append("(\"").append(part.quoted).append("\")");
      continue;
    }
    if (part.field != 0 || part.extra) out += ' ';
    if (part.field != 0) out.append(tree.field_name(part.field)).append(": ");
    out += "(" + head(tree, part.node);
    append_inside(tree, part.node, out);
  }
  return out;
}

std::vector<NodeHash> s_expression_hashes(const SyntaxTree& tree) {
  const auto nodes = tree.nodes();
  const std::vector<Hash128>& names = symbol_hashes(tree.grammar());
  std::vector<Sequence> sequences(nodes.size());  // of printed children, seen from the end
  std::vector<Hash128> hashes(nodes.size());      // of nodes inside another s-expression
  std::vector<NodeHash> result;
  for (std::uint32_t i = static_cast<std::uint32_t>(nodes.size()); i-- > 0;) {
    const SyntaxNode& node = nodes[i];
    const bool plain = !node.is_unexpected && !node.missing;
    hashes[i] = combine(plain ? names[node.symbol] : hash_of(head(tree, i)), sequences[i].value);
    if (i == 0 || node.num_children > 0) {
      const bool has_alias = plain && node.own_symbol != node.symbol;
      result.push_back({i, !node.own_printed ? unprinted_root_hash(tree, i, hashes)
                           : has_alias       ? combine(names[node.own_symbol], sequences[i].value)
                                             : hashes[i]});
    }
    if (i == 0) break;
    Sequence& siblings = sequences[node.parent];
    if (node.printed) {
      siblings.prepend(combine({node.field, node.field}, hashes[i]));
    } else if (node.num_children > 0) {
      siblings.prepend(sequences[i]);
    }
  }
  return {result.rbegin(), result.rend()};
}

std::vector<NodeHash> pruned_hashes(const SyntaxTree& tree, const std::vector<bool>& dropped) {
  const auto nodes = tree.nodes();
  const std::vector<Hash128>& names = symbol_hashes(tree.grammar());
  std::vector<Sequence> sequences(nodes.size());
  std::vector<bool> has_children(nodes.size(), false);
  std::vector<NodeHash> result;
  for (std::uint32_t i = static_cast<std::uint32_t>(nodes.size()); i-- > 0;) {
    const SyntaxNode& node = nodes[i];
    if (dropped[i] || node.hidden) continue;
    const Hash128 hash = combine(names[node.symbol], sequences[i].value);
    if (has_children[i]) result.push_back({i, hash});
    if (i == 0) break;
    has_children[node.parent] = true;
    if (node.named) sequences[node.parent].prepend(hash);
  }
  return {result.rbegin(), result.rend()};
}

}  // namespace quartet::code
