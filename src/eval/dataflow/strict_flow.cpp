#include "quartet/eval/dataflow/strict_flow.h"

#include <algorithm>
#include <unordered_map>

#include "node_selector.h"

namespace quartet::eval {
namespace {

constexpr std::int32_t kNoName = -1;

/// Which names may have a value. Changes are journalled, so that alternatives start from one state.
class Known {
 public:
  explicit Known(std::size_t num_names) : known_(num_names, false) {}

  bool operator[](std::int32_t name) const { return known_[name]; }
  void add(std::int32_t name) {
    if (known_[name]) return;
    known_[name] = true;
    journal_.push_back(name);
    ++num_added_;
  }
  /// Grows with every name that becomes known.
  std::uint64_t num_added() const { return num_added_; }
  std::size_t mark() const { return journal_.size(); }
  /// Forgets what was added since the mark, and returns it.
  std::vector<std::int32_t> take(std::size_t mark) {
    std::vector<std::int32_t> taken(journal_.begin() + static_cast<std::ptrdiff_t>(mark), journal_.end());
    for (const std::int32_t name : taken) known_[name] = false;
    journal_.resize(mark);
    return taken;
  }

 private:
  std::vector<bool> known_;
  std::vector<std::int32_t> journal_;
  std::uint64_t num_added_ = 0;
};

class StrictEngine {
 public:
  explicit StrictEngine(const code::SyntaxTree& tree)
      : tree_(tree), nodes_(tree.nodes()), table_(strict_table(tree.grammar())), select_(tree), known_(name_leaves()) {}

  StrictFlow run() {
    if (tree_.gave_up()) {
      flow_.failure = FlowFailure::kNoTree;
    } else if (tree_.height() > kMaxStrictHeight) {
      flow_.failure = FlowFailure::kTooDeep;
    } else {
      flow(0);
    }
    if (failed()) flow_.edges.clear();
    for (StrictEdge& edge : flow_.edges) {
      std::sort(edge.sources.begin(), edge.sources.end());
      edge.sources.erase(std::unique(edge.sources.begin(), edge.sources.end()), edge.sources.end());
    }
    std::sort(flow_.edges.begin(), flow_.edges.end(), [](const StrictEdge& a, const StrictEdge& b) {
      return a.node != b.node ? a.node < b.node : a.relation < b.relation;
    });
    return std::move(flow_);
  }

 private:
  using Rule = StrictTable::Rule;

  bool failed() const { return flow_.failure != FlowFailure::kNone; }
  bool spend(std::uint64_t visits) {
    num_visits_ += visits;
    if (num_visits_ > kMaxStrictVisits) flow_.failure = FlowFailure::kBudget;
    return !failed();
  }
  const StrictTable::Symbol& symbol(Node node) const { return table_.symbols[nodes_[node].symbol]; }
  const Rule* rule(Node node) const {
    const int index = symbol(node).rule;
    return index < 0 ? nullptr : &table_.rules[static_cast<std::size_t>(index)];
  }
  std::int32_t name(Node node) const { return name_of_[node]; }

  /// Numbers the names of variables; returns how many there are.
  std::size_t name_leaves() {
    name_of_.assign(nodes_.size(), kNoName);
    std::vector<bool> excluded(nodes_.size(), false);
    std::unordered_map<std::string_view, std::int32_t> numbers;
    for (Node i = 0; i < nodes_.size(); ++i) {
      const StrictTable::Symbol& kind = symbol(i);
      if (kind.holds_no_variables || excluded[i]) {
        i = nodes_[i].end - 1;
        continue;
      }
      for (const Node part : select_(i, kind.without_variables)) excluded[part] = true;
      const std::string_view text = tree_.text(i);
      if (!kind.is_variable || nodes_[i].hidden || text.empty()) continue;
      const auto [entry, is_new] = numbers.try_emplace(text, static_cast<std::int32_t>(flow_.names.size()));
      if (is_new) flow_.names.push_back(text);
      name_of_[i] = entry->second;
      i = nodes_[i].end - 1;
    }
    return flow_.names.size();
  }

  /// Adds sources to the edge of a leaf. One statement adds its own once, however often a loop runs it.
  void add_edge(Node leaf, FlowRelation relation, Node statement, const std::vector<std::int32_t>& sources) {
    if (sources.empty()) return;
    const std::uint64_t key = std::uint64_t{leaf} * 2 + static_cast<std::uint64_t>(relation);
    const auto [slot, is_new] = slots_.try_emplace(key, flow_.edges.size());
    if (is_new) {
      flow_.edges.push_back({leaf, name(leaf), relation, {}});
      statements_.push_back(statement);
    } else if (statements_[slot->second] == statement) {
      return;
    }
    statements_[slot->second] = statement;
    StrictEdge& edge = flow_.edges[slot->second];
    edge.sources.insert(edge.sources.end(), sources.begin(), sources.end());
  }

  void flow(Node node) {
    if (!spend(1)) return;
    if (name(node) != kNoName) return use(node);
    if (nodes_[node].num_children == 0) return;
    if (const Rule* own = rule(node)) return own->loop ? loop(node, *own) : pass(node, *own);
    children(node, {});
  }

  void use(Node leaf) {
    if (known_[name(leaf)]) {
      add_edge(leaf, FlowRelation::kComesFrom, leaf, {name(leaf)});
    } else {
      known_.add(name(leaf));
    }
  }

  /// Children in order but for those already done; alternatives from one state.
  void children(Node node, Nodes done) {
    std::sort(done.begin(), done.end());
    const Nodes arms = select_(node, symbol(node).arms);
    std::vector<std::int32_t> learned;
    code::for_each_child(tree_, node, [&](Node child) {
      if (failed() || contains(done, child)) return;
      if (!symbol(child).is_arm && !contains(arms, child)) return flow(child);
      const std::size_t mark = known_.mark();
      flow(child);
      const std::vector<std::int32_t> here = known_.take(mark);
      learned.insert(learned.end(), here.begin(), here.end());
    });
    for (const std::int32_t name : learned) known_.add(name);
  }

  void loop(Node node, const Rule& own) {
    const bool outer_repeats = repeats_;
    repeats_ = false;
    Nodes done = select_(node, own.once);
    for (const Node part : done) flow(part);
    const Nodes after = select_(node, own.after);
    done.insert(done.end(), after.begin(), after.end());
    for (int i = 0; i < 2 && !failed(); ++i) {
      const std::uint64_t before = known_.num_added();
      repeats_ = i > 0;
      pass(node, own, done);
      if (known_.num_added() == before) break;
    }
    repeats_ = outer_repeats;
    for (const Node part : after) flow(part);
  }

  /// Target and value, then the rest.
  void pass(Node node, const Rule& own, Nodes done = {}) {
    const auto flow_now = [&](const StrictPartList& parts, bool runs) {
      for (const Node part : select_(node, parts)) {
        if (std::find(done.begin(), done.end(), part) != done.end()) continue;
        done.push_back(part);
        if (runs) flow(part);
      }
    };
    if (!own.loop) flow_now(own.once, !repeats_);
    flow_now(own.first, true);
    const Nodes targets = select_(node, own.target);
    const Nodes values = select_(node, own.value);
    const Nodes outer_subject = subject_;
    // An unfinished assignment is only read.
    const bool lacks_part = targets.empty() || (own.action == StrictAction::kAssign && values.empty());
    if (own.action == StrictAction::kSubject) {
      flow_now(own.value, true);
      subject_.clear();
      for (const Node value : values) variables(value, subject_);
    } else if (own.action != StrictAction::kNone && !lacks_part) {
      flow_now(own.value, true);
      act(node, own, targets, values);
      done.insert(done.end(), targets.begin(), targets.end());
    }
    children(node, done);
    subject_ = outer_subject;
  }

  void act(Node node, const Rule& own, const Nodes& targets, const Nodes& values) {
    Nodes sources;
    switch (own.action) {
      case StrictAction::kIncrement:
        for (const Node target : targets) flow(target);
        if (!has_operator(node, "++") && !has_operator(node, "--")) return;
        for (const Node target : targets) {
          const Nodes leaves = written_again({target});
          connect(node, leaves, leaves, FlowRelation::kComputedFrom);
        }
        return;
      case StrictAction::kPattern:
        in_pattern_ = true;
        connect(node, written(targets), subject_, FlowRelation::kComesFrom);
        in_pattern_ = false;
        return;
      case StrictAction::kEach:
        for (const Node value : values) variables(value, sources);
        return connect(node, written(targets), sources, FlowRelation::kComputedFrom);
      case StrictAction::kAssign:
        if (reads_target(node, targets, values)) {
          for (const Node target : targets) flow(target);
          const Nodes leaves = written_again(targets);
          sources = leaves;
          for (const Node value : values) variables(value, sources);
          return connect(node, leaves, sources, FlowRelation::kComputedFrom);
        }
        return pair_up(node, targets, values, FlowRelation::kComputedFrom);
      default:
        if (!values.empty()) return pair_up(node, targets, values, FlowRelation::kComesFrom);
        for (const Node target : targets) connect(node, written({target}), {}, FlowRelation::kComesFrom);
    }
  }

  bool has_operator(Node node, std::string_view text) const {
    bool found = false;
    code::for_each_child(tree_, node, [&](Node child) { found |= tree_.type(child) == text; });
    return found;
  }

  /// `x += y`: the sign between the two sides is an assignment that is not plain.
  bool reads_target(Node node, const Nodes& targets, const Nodes& values) const {
    bool reads = false;
    code::for_each_child(tree_, node, [&](Node child) {
      if (nodes_[child].extra || contains(targets, child) || contains(values, child)) return;
      const std::string_view sign = tree_.text(child);
      reads |= sign.size() >= 2 && sign.size() <= 6 && sign != ":=" && (sign.back() == '=' || sign.ends_with("_eq"));
    });
    return reads;
  }

  /// The elements of one side of an assignment; none where it is no list.
  Nodes listed(const Nodes& side) const {
    if (side.size() != 1) return side;
    Node node = side[0];
    if (symbol(node).is_wrapper) {
      const Nodes inside = select_.elements(node);
      if (inside.size() == 1) node = inside[0];
    }
    return symbol(node).is_list ? select_.elements(node) : Nodes();
  }

  /// Element by element where both sides are lists of as many.
  void pair_up(Node statement, const Nodes& targets, const Nodes& values, FlowRelation relation) {
    const Nodes lefts = listed(targets);
    const Nodes rights = listed(values);
    if (lefts.empty() || lefts.size() != rights.size() || !spend(1)) {
      Nodes sources;
      for (const Node value : values) variables(value, sources);
      return connect(statement, written(targets), sources, relation);
    }
    for (std::size_t i = 0; i < lefts.size(); ++i) pair_up(statement, {lefts[i]}, {rights[i]}, relation);
  }

  void connect(Node statement, const Nodes& targets, const Nodes& sources, FlowRelation relation) {
    if (!spend(targets.size() * (sources.size() + 1))) return;
    std::vector<std::int32_t> names;
    names.reserve(sources.size());
    for (const Node source : sources) names.push_back(name(source));
    for (const Node target : targets) add_edge(target, relation, statement, names);
    for (const Node target : targets) known_.add(name(target));
  }

  /// All variables at or below a node.
  void variables(Node node, Nodes& leaves) {
    spend(nodes_[node].end - node);
    for (Node i = node; i < nodes_[node].end && !failed(); ++i) {
      if (name(i) != kNoName) leaves.push_back(i);
    }
  }

  /// The variables that an assignment to nodes sets; what such nodes only read (indices, defaults) flows.
  Nodes written(const Nodes& targets) {
    Nodes leaves;
    for (const Node target : targets) collect_written(target, leaves, true);
    return leaves;
  }
  /// The same of nodes that have flowed.
  Nodes written_again(const Nodes& targets) {
    Nodes leaves;
    for (const Node target : targets) collect_written(target, leaves, false);
    return leaves;
  }

  void collect_written(Node node, Nodes& leaves, bool flows) {
    if (!spend(1)) return;
    if (name(node) != kNoName) {
      if (!is_constant(node)) {
        leaves.push_back(node);
      } else if (flows) {
        use(node);
      }
      return;
    }
    if (const Rule* own = rule(node); own && !own->target.empty()) {
      if (flows) flow(node);
      for (const Node part : select_(node, own->target)) collect_written(part, leaves, false);
      return;
    }
    const Nodes bases = select_(node, symbol(node).base);
    code::for_each_child(tree_, node, [&](Node child) {
      if (!symbol(node).has_base || contains(bases, child)) {
        collect_written(child, leaves, flows);
      } else if (flows) {
        flow(child);
      }
    });
  }

  bool is_constant(Node leaf) const {
    if (!table_.capitals_are_constants || !in_pattern_) return false;
    const char first = tree_.text(leaf).front();
    return first >= 'A' && first <= 'Z';
  }

  const code::SyntaxTree& tree_;
  std::span<const code::SyntaxNode> nodes_;
  const StrictTable& table_;
  Selector select_;
  StrictFlow flow_;
  std::vector<std::int32_t> name_of_;
  Known known_;
  std::unordered_map<std::uint64_t, std::size_t> slots_;  // by leaf and relation: its edge
  std::vector<Node> statements_;                          // by edge: what added to it last
  Nodes subject_;
  bool repeats_ = false;  // in the second pass of the loop around
  bool in_pattern_ = false;
  std::uint64_t num_visits_ = 0;
};

}  // namespace

StrictFlow follow_strict(const code::SyntaxTree& tree) {
  return StrictEngine(tree).run();
}

}  // namespace quartet::eval
