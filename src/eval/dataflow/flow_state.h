#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "quartet/eval/dataflow/flow_engine.h"

namespace quartet::eval {

/// Which tokens gave each name its present value. Changes are journalled, so that the branches of an `if` start from
/// one state without copying it.
class FlowState {
 public:
  using Value = std::optional<NumberList>;
  /// Names that changed, with their values.
  using Delta = std::vector<std::pair<std::int32_t, NumberList>>;

  explicit FlowState(std::size_t num_names) : values_(num_names), seen_(num_names, 0) {}

  const Value& operator[](std::int32_t name) const { return values_[name]; }

  void set(std::int32_t name, NumberList value) {
    if (num_open_ > 0) journal_.emplace_back(name, values_[name]);
    values_[name] = value;
  }

  /// Begins to journal; the mark is for `take_delta`. Every `open` needs a `close`.
  std::size_t open() {
    ++num_open_;
    return journal_.size();
  }
  void close() {
    if (--num_open_ == 0) journal_.clear();
  }

  /// What changed since the mark; the state is as it was there.
  Delta take_delta(std::size_t mark) {
    Delta delta;
    ++stamp_;
    for (std::size_t i = mark; i < journal_.size(); ++i) {
      const std::int32_t name = journal_[i].first;
      if (seen_[name] == stamp_) continue;
      seen_[name] = stamp_;
      delta.emplace_back(name, *values_[name]);
    }
    while (journal_.size() > mark) {
      values_[journal_.back().first] = journal_.back().second;
      journal_.pop_back();
    }
    return delta;
  }

  void apply(const Delta& delta) {
    for (const auto& [name, value] : delta) set(name, value);
  }

 private:
  std::vector<Value> values_;
  std::vector<std::pair<std::int32_t, Value>> journal_;
  std::vector<std::uint64_t> seen_;  // by name: the stamp of the last delta it is in
  std::uint64_t stamp_ = 0;
  int num_open_ = 0;
};

}  // namespace quartet::eval
