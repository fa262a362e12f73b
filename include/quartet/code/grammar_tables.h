#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>

#include "quartet/code/syntax_tree.h"

namespace quartet::code {

/// One value for each grammar, made at its first use in any thread. For static tables that are looked up by symbol.
template <class Value>
class GrammarTables {
 public:
  explicit GrammarTables(Value (*make)(Grammar)) : make_(make) {}

  const Value& operator[](Grammar grammar) {
    const auto index = static_cast<std::size_t>(grammar);
    if (const Value* ready = ready_[index].load(std::memory_order_acquire)) return *ready;  // call_once takes 10 ns
    std::call_once(once_[index],
                   [&] { ready_[index].store(&values_[index].emplace(make_(grammar)), std::memory_order_release); });
    return *values_[index];
  }

 private:
  Value (*make_)(Grammar);
  std::array<std::once_flag, kNumGrammars> once_;
  std::array<std::optional<Value>, kNumGrammars> values_;
  std::array<std::atomic<const Value*>, kNumGrammars> ready_{};
};

}  // namespace quartet::code
