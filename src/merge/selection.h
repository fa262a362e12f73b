#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace quartet::merge {

/// Gives elements [begin, begin + n) of a vector; called for whole blocks, from several threads.
using BlockSource = std::function<void(std::int64_t begin, float* out, std::int64_t n)>;

/// Which elements of a long vector are its k largest in magnitude; among equals the lowest index wins. Exact for any
/// float, found by radix selection on the bits of |x| in passes over the source; nothing of the vector is stored.
class Selection {
 public:
  /// k in [0, size].
  static Selection largest(std::int64_t size, std::int64_t k, const BlockSource& source);
  /// Zeroes what is not kept of elements [begin, begin + n); begin is a multiple of kBlockElements, n <=
  /// kBlockElements.
  void apply(std::int64_t begin, float* values, std::int64_t n) const;

 private:
  void count_equals_before(std::int64_t size, const BlockSource& source);

  bool keep_none_ = false;
  std::uint32_t threshold_ = 0;      // bits of the smallest kept magnitude
  std::int64_t num_equal_kept_ = 0;  // elements of exactly that magnitude that are kept
  bool all_equal_kept_ = true;
  std::vector<std::int64_t> equals_before_;  // per block, where not all of them are kept
};

}  // namespace quartet::merge
