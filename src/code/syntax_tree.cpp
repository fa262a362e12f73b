#include "quartet/code/syntax_tree.h"

#include <tree_sitter/api.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "dense_language.h"
#include "parser_memory.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/code/grammar_tables.h"
#include "quartet/code/python_text.h"
#include "subtree_walk.h"

extern "C" {
const TSLanguage* tree_sitter_python();
const TSLanguage* tree_sitter_java();
const TSLanguage* tree_sitter_javascript();
const TSLanguage* tree_sitter_cpp();
const TSLanguage* tree_sitter_c();
const TSLanguage* tree_sitter_c_sharp();
const TSLanguage* tree_sitter_php();
const TSLanguage* tree_sitter_go();
const TSLanguage* tree_sitter_ruby();
const TSLanguage* tree_sitter_rust();
}

namespace quartet::code {
namespace {

struct GrammarEntry {
  std::string_view language_id;
  std::string_view version;
  const TSLanguage* (*load)();
};

constexpr std::array<GrammarEntry, kNumGrammars> kGrammars{{
    {"python", "0.20.4", tree_sitter_python},
    {"java", "0.20.2", tree_sitter_java},
    {"javascript", "0.20.3", tree_sitter_javascript},
    {"cpp", "0.20.3", tree_sitter_cpp},
    {"c", "0.20.7", tree_sitter_c},
    {"c_sharp", "0.20.0", tree_sitter_c_sharp},
    {"php", "0.20.0", tree_sitter_php},
    {"go", "0.20.0", tree_sitter_go},
    {"ruby", "0.19.0", tree_sitter_ruby},
    {"rust", "0.20.1", tree_sitter_rust},
}};

/// The grammar's tables, unpacked at the first use.
const TSLanguage* language_of(Grammar grammar) {
  static std::array<std::once_flag, kNumGrammars> once;
  static std::array<const TSLanguage*, kNumGrammars> languages{};
  const auto index = static_cast<std::size_t>(grammar);
  std::call_once(once[index], [&] {
    languages[index] = quartet_dense_language(kGrammars[index].load());
    if (!languages[index]) {
      throw ResourceError(base::cat("out of memory loading the ", kGrammars[index].language_id, " grammar"));
    }
  });
  return languages[index];
}

const GrammarEntry& entry(Grammar grammar) {
  return kGrammars[static_cast<std::size_t>(grammar)];
}

std::vector<std::string> load_symbol_names(const TSLanguage* language) {
  std::vector<std::string> names;
  for (std::uint32_t symbol = 0; symbol < ts_language_symbol_count(language); ++symbol) {
    names.emplace_back(ts_language_symbol_name(language, static_cast<TSSymbol>(symbol)));
  }
  names.emplace_back("ERROR");
  return names;
}

using FieldIds = std::unordered_map<std::string_view, std::uint16_t>;

FieldIds load_field_ids(const TSLanguage* language) {
  FieldIds ids;
  for (std::uint32_t field = 1; field <= ts_language_field_count(language); ++field) {
    const auto id = static_cast<TSFieldId>(field);
    ids.emplace(ts_language_field_name_for_id(language, id), id);
  }
  return ids;
}

/// The number of a field; 0 where the grammar has none of this name.
std::uint16_t field_id(Grammar grammar, std::string_view name) {
  static GrammarTables<FieldIds> tables(+[](Grammar each) { return load_field_ids(entry(each).load()); });
  const FieldIds& ids = tables[grammar];
  const auto found = ids.find(name);
  return found == ids.end() ? 0 : found->second;
}

/// tree-sitter gives ERROR the number 65535; here it follows the grammar's own symbols.
std::uint16_t dense_symbol(std::uint16_t symbol, std::size_t num_names) {
  return symbol < num_names ? symbol : static_cast<std::uint16_t>(num_names - 1);
}

struct ParserDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

/// One parser per thread and grammar: making one allocates.
struct ThreadParsers {
  std::array<std::unique_ptr<TSParser, ParserDeleter>, kNumGrammars> by_grammar;
  ~ThreadParsers() {
    for (auto& parser : by_grammar) parser.reset();
    quartet_parser_end_thread();
  }
};

TSParser* thread_parser(Grammar grammar) {
  thread_local ThreadParsers parsers;
  auto& parser = parsers.by_grammar[static_cast<std::size_t>(grammar)];
  if (!parser) {
    parser.reset(ts_parser_new());
    if (!ts_parser_set_language(parser.get(), language_of(grammar))) {
      throw StateError(base::cat("the ", entry(grammar).language_id, " grammar does not fit the tree-sitter runtime"));
    }
  }
  return parser.get();
}

/// Buffers of the walk over a tree, made at the first use.
class Flattener {
 public:
  Flattener() = default;
  Flattener(const Flattener&) = delete;
  Flattener& operator=(const Flattener&) = delete;
  ~Flattener() { quartet_delete_flattener(buffers_); }
  QuartetFlattener* get() {
    if (!buffers_) buffers_ = quartet_new_flattener();
    if (!buffers_) throw ResourceError("out of memory parsing a text");
    return buffers_;
  }

 private:
  QuartetFlattener* buffers_ = nullptr;
};

SyntaxNode to_node(const QuartetFlatNode& flat, std::uint32_t depth, std::size_t num_names) {
  SyntaxNode node;
  node.parent = flat.parent;
  node.end = flat.end;
  node.num_children = flat.num_children;
  node.depth = depth;
  node.start_byte = flat.start_byte;
  node.end_byte = flat.end_byte;
  node.start = {flat.start_row, flat.start_column};
  node.stop = {flat.end_row, flat.end_column};
  node.symbol = dense_symbol(flat.symbol, num_names);
  node.field = flat.field;
  node.named = flat.flags & kFlatNamed;
  node.missing = flat.flags & kFlatMissing;
  node.extra = flat.flags & kFlatExtra;
  node.error = flat.flags & kFlatError;
  node.has_error = flat.flags & kFlatHasError;
  node.hidden = flat.flags & kFlatHidden;
  node.printed = flat.flags & kFlatPrinted;
  node.own_symbol = dense_symbol(flat.own_symbol, num_names);
  node.own_printed = flat.own_printed;
  node.is_unexpected = flat.flags & kFlatUnexpected;
  node.unexpected = flat.unexpected;
  return node;
}

/// Bytes of a text whose tree is not worth keeping the memory of for later parses.
constexpr std::size_t kLongText = 1 << 20;

/// A tree takes some 280 bytes for each byte of its text: a longer text is given up instead of filling the memory.
constexpr std::size_t kLongestParsedBytes = std::size_t{4} << 20;

/// Parse actions, in hundreds, after which a text is given up. Of 9,000 real and mutated programs none needs more than
/// 5 actions a byte, and two never end; what such a text costs grows with the square of the limit.
std::uint64_t parse_limit(std::size_t num_bytes) {
  return 100 + num_bytes / 4;
}

}  // namespace

struct SyntaxTree::Impl {
  /// What the runtime needs to find a node again.
  struct Handle {
    const void* id;
    std::uint32_t alias;
  };
  TSTree* tree = nullptr;
  std::vector<Handle> handles;  // by node
  ~Impl() {
    if (tree) ts_tree_delete(tree);
  }

  TSNode node(std::uint32_t index, const SyntaxNode& place) const {
    return TSNode{{place.start_byte, place.start.row, place.start.column, handles[index].alias},
                  handles[index].id,
                  tree};
  }
};

std::optional<Grammar> find_grammar(std::string_view language_id) {
  for (std::size_t i = 0; i < kGrammars.size(); ++i) {
    if (kGrammars[i].language_id == language_id) return static_cast<Grammar>(i);
  }
  return std::nullopt;
}

std::string_view language_id(Grammar grammar) {
  return entry(grammar).language_id;
}
std::string_view grammar_version(Grammar grammar) {
  return entry(grammar).version;
}
std::string_view tree_sitter_version() {
  return "0.24.7";
}

std::string grammar_hash(Grammar grammar) {
  const TSLanguage* language = entry(grammar).load();
  std::string summary = base::cat("abi ", ts_language_version(language), " states ", ts_language_state_count(language));
  for (std::uint32_t symbol = 0; symbol < ts_language_symbol_count(language); ++symbol) {
    summary += base::cat("\n", ts_language_symbol_type(language, static_cast<TSSymbol>(symbol)), " ",
                         ts_language_symbol_name(language, static_cast<TSSymbol>(symbol)));
  }
  for (std::uint32_t field = 1; field <= ts_language_field_count(language); ++field) {
    summary += base::cat("\nfield ", ts_language_field_name_for_id(language, static_cast<TSFieldId>(field)));
  }
  return base::sha256_hex(summary).substr(0, 16);
}

std::span<const std::string> symbol_names(Grammar grammar) {
  static GrammarTables<std::vector<std::string>> tables(
      +[](Grammar each) { return load_symbol_names(entry(each).load()); });
  return tables[grammar];
}

SyntaxTree::SyntaxTree(Grammar grammar, std::string text)
    : grammar_(grammar),
      names_(symbol_names(grammar)),
      text_(std::make_unique<std::string>(std::move(text))),
      impl_(std::make_unique<Impl>()) {
  if (text_->size() >= std::numeric_limits<std::int32_t>::max()) {
    throw ResourceError(base::cat("a source text of ", text_->size(), " bytes is too long to parse (limit 2 GiB)"));
  }
  if (text_->size() > kLongestParsedBytes) {
    give_up();
    return;
  }
  TSParser* parser = thread_parser(grammar);
  quartet_parser_begin();
  ts_parser_set_timeout_micros(parser, parse_limit(text_->size()));  // counted in calls: see runtime_overrides.h
  quartet_parser_use_malloc(text_->size() > kLongText);
  impl_->tree = ts_parser_parse_string(parser, nullptr, text_->data(), static_cast<std::uint32_t>(text_->size()));
  ts_parser_reset(parser);
  quartet_parser_use_malloc(false);
  if (!impl_->tree) {
    give_up();
    return;
  }
  flatten();
}

void SyntaxTree::flatten() {
  thread_local Flattener shared;
  Flattener own;  // of a long text: not worth keeping
  QuartetFlattener* const flattener = (text_->size() > kLongText ? own : shared).get();
  const QuartetFlatNode* flat = nullptr;
  const std::uint32_t num_nodes = quartet_flatten_tree(flattener, impl_->tree, &flat);
  if (num_nodes == 0) throw ResourceError(base::cat("out of memory parsing a text of ", text_->size(), " bytes"));
  nodes_.reserve(num_nodes);
  impl_->handles.reserve(num_nodes);
  const std::size_t num_names = names_.size();
  for (std::uint32_t i = 0; i < num_nodes; ++i) {
    const std::uint32_t depth = i == 0 ? 0 : nodes_[flat[i].parent].depth + 1;
    nodes_.push_back(to_node(flat[i], depth, num_names));
    impl_->handles.push_back({flat[i].id, flat[i].alias});
    if (!nodes_.back().hidden) height_ = std::max(height_, depth);
  }
}

void SyntaxTree::give_up() {
  gave_up_ = true;
  SyntaxNode error;
  error.symbol = static_cast<std::uint16_t>(symbol_names(grammar_).size() - 1);
  error.own_symbol = error.symbol;
  error.named = error.error = error.has_error = error.printed = error.own_printed = true;
  nodes_.push_back(error);
  for (const std::string_view word : python_split(*text_)) {
    error.depth = height_ = 1;
    error.start_byte = static_cast<std::uint32_t>(word.data() - text_->data());
    error.end_byte = error.start_byte + static_cast<std::uint32_t>(word.size());
    error.start = {0, error.start_byte};
    error.stop = {0, error.end_byte};
    error.end = static_cast<std::uint32_t>(nodes_.size()) + 1;
    nodes_.push_back(error);
  }
  nodes_[0].end_byte = static_cast<std::uint32_t>(text_->size());
  nodes_[0].stop = {0, nodes_[0].end_byte};
  nodes_[0].num_children = static_cast<std::uint32_t>(nodes_.size() - 1);
  nodes_[0].end = static_cast<std::uint32_t>(nodes_.size());
}

SyntaxTree::~SyntaxTree() = default;
SyntaxTree::SyntaxTree(SyntaxTree&& other) noexcept = default;
SyntaxTree& SyntaxTree::operator=(SyntaxTree&& other) noexcept = default;

std::string_view SyntaxTree::text(std::uint32_t node) const {
  return std::string_view(*text_).substr(nodes_[node].start_byte, nodes_[node].end_byte - nodes_[node].start_byte);
}

std::string_view SyntaxTree::field_name(std::uint16_t field) const {
  return field == 0 ? std::string_view() : ts_language_field_name_for_id(language_of(grammar_), field);
}

std::vector<std::uint32_t> SyntaxTree::children(std::uint32_t node) const {
  std::vector<std::uint32_t> result;
  result.reserve(nodes_[node].num_children);
  for_each_child(*this, node, [&](std::uint32_t child) { result.push_back(child); });
  return result;
}

std::optional<std::uint32_t> SyntaxTree::child_by_field(std::uint32_t node, std::string_view field) const {
  if (gave_up_) return std::nullopt;
  const std::uint16_t id = field_id(grammar_, field);
  if (id == 0) return std::nullopt;
  const TSNode found = ts_node_child_by_field_id(impl_->node(node, nodes_[node]), id);
  if (ts_node_is_null(found)) return std::nullopt;
  std::optional<std::uint32_t> result;
  for_each_child(*this, node, [&](std::uint32_t child) {
    if (impl_->handles[child].id == found.id) result = child;
  });
  return result;
}

std::vector<SyntaxTree::RootPart> SyntaxTree::root_parts(std::uint32_t node) const {
  struct Context {
    const SyntaxTree& tree;
    std::uint32_t next;  // parts come in the order of nodes
    std::vector<RootPart> parts;
  } context{*this, node + 1, {}};
  const auto visit = [](void* raw, const QuartetRootPart* part) {
    Context& to = *static_cast<Context*>(raw);
    if (part->id == nullptr) {
      to.parts.push_back({symbol_names(to.tree.grammar_)[part->symbol], 0, 0, false});
      return;
    }
    while (to.tree.impl_->handles[to.next].id != part->id) ++to.next;
    to.parts.push_back({{}, to.next, part->field, part->extra != 0});
  };
  quartet_visit_root_parts(impl_->tree, impl_->handles[node].id, visit, &context);
  return std::move(context.parts);
}

std::string SyntaxTree::library_s_expression(std::uint32_t node) const {
  char* text = ts_node_string(impl_->node(node, nodes_[node]));
  std::string result = text;
  quartet_parser_free_text(text);
  return result;
}

}  // namespace quartet::code
