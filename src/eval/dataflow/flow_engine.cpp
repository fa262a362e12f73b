#include "quartet/eval/dataflow/flow_engine.h"

#include <algorithm>

#include "edge_store.h"
#include "flow_state.h"
#include "flow_view.h"

namespace quartet::eval {
namespace {

class Engine {
 public:
  Engine(const code::SyntaxTree& tree, const SourceTokens& tokens, const FlowTable& table,
         std::span<const std::uint64_t> name_hashes)
      : tree_(tree),
        table_(table),
        view_(tree, tokens, table),
        state_(tokens.names.size()),
        store_(tokens.names.size(), static_cast<std::size_t>(tokens.num_tokens), name_hashes) {}

  FlowGraph run() {
    if (tree_.height() > kMaxTokenDepth && view_.deepest_token() > kMaxTokenDepth) fail(FlowFailure::kTooDeep);
    flow(0);
    FlowGraph graph = store_.take();
    graph.failure = failure_;
    if (failed()) graph.edges.clear();
    return graph;
  }

 private:
  bool failed() const { return failure_ != FlowFailure::kNone; }
  void fail(FlowFailure failure) {
    if (!failed()) failure_ = failure;
  }
  /// Counts work; false when the budget is spent.
  bool spend(std::uint64_t visits) {
    num_visits_ += visits;
    if (num_visits_ > kMaxFlowVisits) fail(FlowFailure::kBudget);
    return !failed();
  }

  FlowKind kind(Node node) const { return view_.kind(node); }
  const FlowRules& rules() const { return table_.rules; }
  std::optional<Node> field(Node node, std::string_view name) const { return view_.field(node, name); }
  /// A node of broken code that lacks a part: upstream raises an exception, which leaves the text without any flow.
  void incomplete() { fail(FlowFailure::kMissingPart); }

  std::int32_t token(Node leaf) const { return view_.token(leaf); }
  std::int32_t name(Node leaf) const { return view_.name(leaf); }
  void add_edge(Node leaf, FlowRelation relation, NumberList source_names, NumberList source_tokens) {
    store_.add({token(leaf), name(leaf), relation, source_names, source_tokens});
  }
  void define(Node leaf) { state_.set(name(leaf), store_.one_token(token(leaf))); }

  /// Leaves at or below a node that have a name.
  Nodes variables(Node node) {
    Nodes leaves;
    view_.for_each_leaf(node, [&](Node leaf) {
      if (view_.is_lost(leaf)) return fail(FlowFailure::kMissingPart);
      if (name(leaf) != kNoToken) leaves.push_back(leaf);
      spend(1);
    });
    return leaves;
  }

  void flow(Node node) {
    if (!spend(1)) return;
    if (view_.depth(node) > kMaxFlowDepth) return fail(FlowFailure::kTooDeep);
    if (view_.is_lost(node)) return fail(FlowFailure::kMissingPart);
    if (token(node) != kNoToken) return use(node);
    switch (kind(node)) {
      case FlowKind::kGeneric:
        return in_order(node);
      case FlowKind::kDefinition:
        return definition(node);
      case FlowKind::kAssign:
        return assign(node);
      case FlowKind::kAssignPairs:
      case FlowKind::kAssignEnds:
        return gathering_assignment(node);
      case FlowKind::kForClause:
        return for_clause(node);
      case FlowKind::kIncrement:
        return increment(node);
      case FlowKind::kIf:
        return branches(node);
      case FlowKind::kFor:
        return loop([&] { for_loop(node); });
      case FlowKind::kForPairs:
        return loop([&] { for_pairs(node); });
      case FlowKind::kForEach:
        return loop([&] { for_each(node); });
      case FlowKind::kWhile:
        return loop([&] {
          for (int pass = 0; pass < 2; ++pass) flow_children(node);
        });
    }
  }

  void flow_children(Node node) {
    code::for_each_child(tree_, node, [&](Node child) { flow(child); });
  }

  /// A leaf: it takes its value from where the name was set.
  void use(Node leaf) {
    if (name(leaf) == kNoToken) return;
    if (const FlowState::Value value = state_[name(leaf)]) {
      add_edge(leaf, FlowRelation::kComesFrom, store_.one_name(name(leaf)), *value);
      return;
    }
    if (table_.is_variable[view_.symbol(leaf)]) define(leaf);
    add_edge(leaf, FlowRelation::kComesFrom, {}, {});
  }

  void in_order(Node node) {
    bool has_clause = false;
    code::for_each_child(tree_, node, [&](Node child) { has_clause |= kind(child) == FlowKind::kForClause; });
    if (!has_clause) return flow_children(node);
    for (const bool clauses : {true, false}) {
      code::for_each_child(tree_, node, [&](Node child) {
        if ((kind(child) == FlowKind::kForClause) == clauses) flow(child);
      });
    }
  }

  void definition(Node node) {
    const auto [target, value, body] = view_.definition(node);
    if (!target) return incomplete();
    if (value) {
      flow(*value);
      edges_for_pairs(variables(*target), variables(*value), FlowRelation::kComesFrom);
      return;
    }
    for (const Node leaf : variables(*target)) {
      add_edge(leaf, FlowRelation::kComesFrom, {}, {});
      define(leaf);
    }
  }

  /// One edge for each target and source; every target is set.
  void edges_for_pairs(const Nodes& targets, const Nodes& sources, FlowRelation relation) {
    if (!spend(targets.size() * sources.size())) return;
    for (const Node target : targets) {
      for (const Node source : sources)
        add_edge(target, relation, store_.one_name(name(source)), store_.one_token(token(source)));
      define(target);
    }
  }

  void assign(Node node) {
    const auto [left, right, body] = view_.assignment(node);
    if (!left || !right) return incomplete();
    flow(*right);
    edges_for_pairs(variables(*left), variables(*right), FlowRelation::kComputedFrom);
  }

  /// Python: `flow` on the right sides, then one edge for each variable on the left that holds all of its right side.
  void pair_up(Node left, Node right) {
    Nodes lefts = view_.elements(left);
    Nodes rights = view_.elements(right);
    if (lefts.size() != rights.size() || lefts.empty()) {
      lefts = {left};
      rights = {right};
    }
    for (const Node value : rights) flow(value);
    for (std::size_t i = 0; i < lefts.size() && !failed(); ++i) collect_sources(lefts[i], rights[i]);
  }

  void collect_sources(Node left, Node right) {
    const Nodes sources = variables(right);
    const Nodes targets = variables(left);
    std::vector<std::int32_t> numbers;
    for (const Node source : sources) numbers.push_back(name(source));
    const NumberList source_names = store_.add_list(numbers);
    numbers.clear();
    for (const Node source : sources) numbers.push_back(token(source));
    const NumberList source_tokens = store_.add_list(numbers);
    for (const Node target : targets) {
      add_edge(target, FlowRelation::kComputedFrom, source_names, source_tokens);
      define(target);
    }
  }

  /// An assignment whose edges hold all sources at once.
  void gathering_assignment(Node node) {
    const auto [left, right, body] = view_.assignment(node);
    if (!right && rules().assignment_may_lack_value) return;  // an annotation only
    if (!left || !right) return incomplete();
    if (kind(node) == FlowKind::kAssignPairs) return pair_up(*left, *right);
    flow(*right);
    collect_sources(*left, *right);
  }

  void for_clause(Node node) {
    const Nodes children = tree_.children(node);
    const auto left = field(node, "left");
    if (!left) return incomplete();
    flow(children.back());
    collect_sources(*left, children.back());
  }

  void increment(Node node) {
    const Nodes leaves = variables(node);
    edges_for_pairs(leaves, leaves, FlowRelation::kComputedFrom);
  }

  void branches(Node node) {
    const std::size_t mark = state_.open();
    bool has_else = table_.mentions_else[view_.symbol(node)];
    bool seen_branch = false;
    bool in_threaded = true;
    FlowState::Delta threaded;
    std::vector<FlowState::Delta> deltas;
    code::for_each_child(tree_, node, [&](Node child) {
      const std::uint16_t symbol = view_.symbol(child);
      if (table_.mentions_else[symbol]) has_else = true;
      if (table_.is_branch[symbol] || (seen_branch && rules().branches_stick)) {
        seen_branch = true;
        if (in_threaded) threaded = state_.take_delta(mark);
        in_threaded = false;
        flow(child);
        deltas.push_back(state_.take_delta(mark));
      } else {
        if (!in_threaded) state_.apply(threaded);
        in_threaded = true;
        flow(child);
      }
    });
    if (in_threaded) threaded = state_.take_delta(mark);
    deltas.push_back(std::move(threaded));
    join(deltas, !has_else || rules().if_may_change_nothing);
    state_.close();
  }

  /// Every name gets the union of its values at the ends of the alternatives.
  void join(const std::vector<FlowState::Delta>& alternatives, bool or_unchanged) {
    FlowState::Delta changes;
    for (const FlowState::Delta& delta : alternatives) changes.insert(changes.end(), delta.begin(), delta.end());
    std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto first = changes.begin(); first != changes.end();) {
      const std::int32_t name = first->first;
      const auto last = std::find_if(first, changes.end(), [&](const auto& change) { return change.first != name; });
      const bool unchanged_somewhere = or_unchanged || static_cast<std::size_t>(last - first) < alternatives.size();
      std::vector<std::int32_t> sources;
      for (auto change = first; change != last; ++change) store_.append(sources, change->second);
      if (unchanged_somewhere && state_[name]) store_.append(sources, *state_[name]);
      spend(sources.size());
      state_.set(name, store_.add_sorted(std::move(sources)));
      first = last;
    }
  }

  template <class Body>
  void loop(Body body) {
    const std::size_t first_edge = store_.num_edges();
    body();
    if (!failed()) spend(store_.merge_from(first_edge));
  }

  void for_loop(Node node) {
    flow_children(node);
    bool behind = false;
    code::for_each_child(tree_, node, [&](Node child) {
      if (behind) return flow(child);
      behind = table_.is_for_trigger[view_.symbol(child)];
      if (!behind || rules().for_trigger_update.empty()) return;
      if (const auto update = field(child, rules().for_trigger_update)) flow(*update);
    });
  }

  void for_pairs(Node node) {
    const auto left = field(node, "left");
    const auto right = field(node, "right");
    if (!left || !right) return incomplete();
    const Node body = tree_.children(node).back();
    for (int pass = 0; pass < 2; ++pass) {
      pair_up(*left, *right);
      if (tree_.type(body) == "block") flow(body);
    }
  }

  void for_each(Node node) {
    const auto [target, value, body] = view_.for_each(node);
    if (!target || !value || !body) return incomplete();
    for (int pass = 0; pass < 2; ++pass) {
      flow(*value);
      if (rules().each_gathers) {
        collect_sources(*target, *value);
      } else {
        edges_for_pairs(variables(*target), variables(*value), FlowRelation::kComputedFrom);
      }
      flow(*body);
    }
  }

  const code::SyntaxTree& tree_;
  const FlowTable& table_;
  FlowView view_;
  FlowState state_;
  EdgeStore store_;
  FlowFailure failure_ = FlowFailure::kNone;
  std::uint64_t num_visits_ = 0;
};

}  // namespace

FlowGraph follow_data(const code::SyntaxTree& tree, const SourceTokens& tokens, const FlowTable& table,
                      std::span<const std::uint64_t> name_hashes) {
  return Engine(tree, tokens, table, name_hashes).run();
}

}  // namespace quartet::eval
