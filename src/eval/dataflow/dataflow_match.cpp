#include "quartet/eval/dataflow/dataflow_match.h"

#include <algorithm>

#include "quartet/eval/dataflow/strict_flow.h"
#include "quartet/eval/python_set.h"

namespace quartet::eval {
namespace {

/// An edge with its sources as plain numbers of names.
struct PlainEdge {
  std::int32_t token;
  std::int32_t name;
  FlowRelation relation;
  std::vector<std::int32_t> sources;
};

/// Edges in token order, without those that neither lead anywhere nor come from anywhere.
std::vector<FlowEdge> connected_edges(const FlowGraph& graph, std::int32_t num_tokens) {
  std::vector<FlowEdge> edges = graph.edges;
  std::stable_sort(edges.begin(), edges.end(), [](const FlowEdge& a, const FlowEdge& b) { return a.token < b.token; });
  std::vector<bool> used(static_cast<std::size_t>(num_tokens), false);
  for (const FlowEdge& edge : edges) {
    if (edge.source_tokens.size > 0) used[edge.token] = true;
    for (const std::int32_t token : graph.list(edge.source_tokens)) used[token] = true;
  }
  std::erase_if(edges, [&](const FlowEdge& edge) { return !used[edge.token]; });
  return edges;
}

/// Edges of one token become one: the relation of the last, the sources as Python's set has them.
std::vector<PlainEdge> merge_by_token(const FlowGraph& graph, const std::vector<FlowEdge>& edges,
                                      std::span<const std::uint64_t> name_hashes) {
  std::vector<PlainEdge> merged;
  for (const FlowEdge& edge : edges) {
    const auto sources = graph.list(edge.source_names);
    if (merged.empty() || merged.back().token != edge.token) {
      merged.push_back({edge.token, edge.name, edge.relation, {sources.begin(), sources.end()}});
      continue;
    }
    PlainEdge& first = merged.back();
    first.relation = edge.relation;
    first.sources.insert(first.sources.end(), sources.begin(), sources.end());
    first.sources = python_set_order(first.sources, name_hashes);
  }
  return merged;
}

code::Hash128 hash_number(std::uint64_t number) {
  return {number, ~number};
}

code::Hash128 edge_hash(std::int32_t variable, FlowRelation relation, const std::vector<std::int32_t>& sources) {
  code::Hash128 hash = code::combine(hash_number(static_cast<std::uint64_t>(variable)),
                                     hash_number(static_cast<std::uint64_t>(relation) << 32 | sources.size()));
  for (const std::int32_t source : sources) hash = code::combine(hash, hash_number(static_cast<std::uint64_t>(source)));
  return hash;
}

/// Gives names numbers in the order in which they are asked for.
class Renumbering {
 public:
  explicit Renumbering(std::size_t num_names) : number_(num_names, kNoToken) {}
  std::int32_t operator()(std::int32_t name) {
    if (number_[name] == kNoToken) number_[name] = next_++;
    return number_[name];
  }

 private:
  std::vector<std::int32_t> number_;
  std::int32_t next_ = 0;
};

/// Hashes of edges whose sources are sets, sorted. Names (numbered by first occurrence) get new numbers in the same
/// order, without those that no edge has.
template <class Edge>
std::vector<code::Hash128> unordered_edges(const std::vector<Edge>& edges, std::size_t num_names) {
  std::vector<bool> is_used(num_names, false);
  for (const Edge& edge : edges) {
    is_used[edge.name] = true;
    for (const std::int32_t source : edge.sources) is_used[source] = true;
  }
  Renumbering number(num_names);
  for (std::size_t name = 0; name < num_names; ++name) {
    if (is_used[name]) number(static_cast<std::int32_t>(name));
  }
  std::vector<code::Hash128> hashes;
  std::vector<std::int32_t> sources;
  for (const Edge& edge : edges) {
    sources.clear();
    for (const std::int32_t source : edge.sources) sources.push_back(number(source));
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    hashes.push_back(edge_hash(number(edge.name), edge.relation, sources));
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

bool has_several(const std::vector<std::int32_t>& sources) {
  return std::any_of(sources.begin(), sources.end(), [&](std::int32_t source) { return source != sources.front(); });
}

}  // namespace

CompatFlow compat_dataflow(const code::SyntaxTree& tree, PythonHashing hashing) {
  CompatFlow result;
  result.failure = FlowFailure::kNoTree;
  if (tree.gave_up()) return result;
  const FlowTable& table = compat_rules(tree.grammar());
  const SourceTokens tokens = index_tokens(tree, table);
  std::vector<std::uint64_t> hashes;
  for (const std::string_view name : tokens.names) hashes.push_back(python_string_hash(name, hashing));
  const FlowGraph graph = follow_data(tree, tokens, table, hashes);
  result.failure = graph.failure;
  std::vector<PlainEdge> edges = merge_by_token(graph, connected_edges(graph, tokens.num_tokens), hashes);
  result.unordered_edges = unordered_edges(edges, tokens.names.size());
  Renumbering number(tokens.names.size());
  for (PlainEdge& edge : edges) {
    result.may_depend_on_hashes |= has_several(edge.sources);
    for (std::int32_t& source : edge.sources) source = number(source);
    const std::int32_t variable = number(edge.name);
    result.edges.push_back(edge_hash(variable, edge.relation, edge.sources));
  }
  std::sort(result.edges.begin(), result.edges.end());
  return result;
}

DataFlow strict_dataflow(const code::SyntaxTree& tree) {
  const StrictFlow flow = follow_strict(tree);
  DataFlow result;
  result.failure = flow.failure;
  result.edges = unordered_edges(flow.edges, flow.names.size());
  return result;
}

std::size_t count_common(const std::vector<code::Hash128>& first, const std::vector<code::Hash128>& second) {
  std::size_t common = 0;
  for (auto a = first.begin(), b = second.begin(); a != first.end() && b != second.end();) {
    if (*a < *b) {
      ++a;
    } else if (*b < *a) {
      ++b;
    } else {
      ++common;
      ++a;
      ++b;
    }
  }
  return common;
}

}  // namespace quartet::eval
