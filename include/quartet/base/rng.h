#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace quartet::base {

/// A seeded stream of random numbers for one purpose. Streams of different purposes or seeds are independent; the same
/// (seed, purpose) gives the same numbers on every machine.
/// Source: xoshiro256** (Blackman, Vigna 2018) seeded by SplitMix64 of seed and purpose.
class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view purpose);

  std::uint64_t next();
  /// Uniform in [0, 1) with 53 bits.
  double uniform();
  /// Uniform in [0, bound), without bias. `bound` > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller, one value a call).
  double normal();
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  /// The 4 words of state, to save and restore.
  std::vector<std::uint64_t> state() const { return {state_[0], state_[1], state_[2], state_[3]}; }
  /// Throws: StateError unless there are 4 words.
  void restore(const std::vector<std::uint64_t>& state);

 private:
  std::uint64_t state_[4];
};

}  // namespace quartet::base
