#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "quartet/eval/dataflow/flow_engine.h"
#include "quartet/eval/python_set.h"

namespace quartet::eval {

/// The edges of a flow while it is followed, and the lists of names and tokens that they refer to.
class EdgeStore {
 public:
  /// Merged names come in the order of CPython's sets.
  EdgeStore(std::size_t num_names, std::size_t num_tokens, std::span<const std::uint64_t> name_hashes)
      : num_names_(num_names), name_hashes_(name_hashes), slots_(num_tokens * 2, -1) {
    // Lists of one name or one token are slices of these two runs.
    graph_.pool.resize(num_names + num_tokens);
    const auto tokens_begin = graph_.pool.begin() + static_cast<std::ptrdiff_t>(num_names);
    std::iota(graph_.pool.begin(), tokens_begin, 0);
    std::iota(tokens_begin, graph_.pool.end(), 0);
  }

  NumberList one_name(std::int32_t name) const { return {static_cast<std::uint32_t>(name), 1}; }
  NumberList one_token(std::int32_t token) const {
    return {static_cast<std::uint32_t>(num_names_) + static_cast<std::uint32_t>(token), 1};
  }

  NumberList add_list(std::span<const std::int32_t> numbers) {
    const auto begin = static_cast<std::uint32_t>(graph_.pool.size());
    graph_.pool.insert(graph_.pool.end(), numbers.begin(), numbers.end());
    return {begin, static_cast<std::uint32_t>(numbers.size())};
  }

  NumberList add_sorted(std::vector<std::int32_t> numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return add_list(numbers);
  }

  /// Copies a list behind `numbers`.
  void append(std::vector<std::int32_t>& numbers, NumberList list) const {
    const auto items = graph_.list(list);
    numbers.insert(numbers.end(), items.begin(), items.end());
  }

  void add(const FlowEdge& edge) { graph_.edges.push_back(edge); }
  std::size_t num_edges() const { return graph_.edges.size(); }

  /// Edges from `first_edge` on of the same token and relation become one, at the place of the first. Returns the work
  /// done, in numbers written.
  std::size_t merge_from(std::size_t first_edge) {
    const std::size_t pool_before = graph_.pool.size();
    std::size_t kept = first_edge;
    for (std::size_t i = first_edge; i < graph_.edges.size(); ++i) {
      const FlowEdge edge = graph_.edges[i];
      std::int64_t& slot = slots_[static_cast<std::size_t>(edge.token) * 2 + static_cast<std::size_t>(edge.relation)];
      if (!holds(slot, edge, first_edge, kept)) {
        slot = static_cast<std::int64_t>(kept);
        graph_.edges[kept++] = edge;
        continue;
      }
      FlowEdge& first = graph_.edges[static_cast<std::size_t>(slot)];
      first.source_names = merged(first.source_names, edge.source_names, false);
      first.source_tokens = merged(first.source_tokens, edge.source_tokens, true);
    }
    graph_.edges.resize(kept);
    return graph_.pool.size() - pool_before;
  }

  FlowGraph take() { return std::move(graph_); }

 private:
  /// Slots are not cleared between loops: what one says counts only if the edge is there.
  bool holds(std::int64_t slot, const FlowEdge& edge, std::size_t first_edge, std::size_t end) const {
    if (slot < static_cast<std::int64_t>(first_edge) || slot >= static_cast<std::int64_t>(end)) return false;
    const FlowEdge& there = graph_.edges[static_cast<std::size_t>(slot)];
    return there.token == edge.token && there.relation == edge.relation;
  }

  NumberList merged(NumberList a, NumberList b, bool sorted) {
    const auto items_a = graph_.list(a);
    const auto items_b = graph_.list(b);
    if (a.size <= 1 && std::equal(items_a.begin(), items_a.end(), items_b.begin(), items_b.end())) return a;
    std::vector<std::int32_t> numbers;
    append(numbers, a);
    append(numbers, b);
    return sorted ? add_sorted(std::move(numbers)) : add_list(python_set_order(numbers, name_hashes_));
  }

  FlowGraph graph_;
  std::size_t num_names_;
  std::span<const std::uint64_t> name_hashes_;
  std::vector<std::int64_t> slots_;  // by token and relation: where its edge was last put
};

}  // namespace quartet::eval
