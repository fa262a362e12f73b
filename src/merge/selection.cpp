#include "selection.h"

#include <ATen/Parallel.h>

#include <array>
#include <cstring>
#include <mutex>
#include <utility>

#include "blend_kernels.h"
#include "block_io.h"

namespace quartet::merge {
namespace {

constexpr std::size_t kNumBuckets = 65536;
using Histogram = std::vector<std::uint64_t>;

std::uint32_t magnitude_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits & 0x7FFFFFFF;
}

/// Counts `bucket_of(bits)` over the vector; a negative bucket is not counted. Sums of integers: any order is the same.
template <class BucketOf>
Histogram count_buckets(std::int64_t size, const BlockSource& source, BucketOf bucket_of) {
  Histogram total(kNumBuckets);
  std::mutex mutex;
  const std::int64_t num_blocks = (size + kBlockElements - 1) / kBlockElements;
  at::parallel_for(0, num_blocks, 256, [&](std::int64_t first, std::int64_t last) {
    std::vector<std::uint32_t> counts(kNumBuckets + 1);  // the last one takes what is not counted
    std::array<float, kBlockElements> values;
    for (std::int64_t block = first; block < last; ++block) {
      const std::int64_t begin = block * kBlockElements;
      const std::int64_t n = std::min(kBlockElements, size - begin);
      source(begin, values.data(), n);
      for (std::int64_t i = 0; i < n; ++i) ++counts[bucket_of(magnitude_bits(values[i]))];
    }
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < kNumBuckets; ++i) total[i] += counts[i];
  });
  return total;
}

/// The bucket in which the k-th largest lies, and how many of it are needed.
std::pair<std::uint32_t, std::uint64_t> find_bucket(const Histogram& histogram, std::uint64_t k) {
  std::size_t bucket = kNumBuckets - 1;
  while (histogram[bucket] < k) k -= histogram[bucket--];
  return {static_cast<std::uint32_t>(bucket), k};
}

}  // namespace

Selection Selection::largest(std::int64_t size, std::int64_t k, const BlockSource& source) {
  Selection selection;
  if (k <= 0) {
    selection.keep_none_ = true;
    return selection;
  }
  if (k >= size) return selection;
  const Histogram upper = count_buckets(size, source, [](std::uint32_t bits) { return bits >> 16; });
  const auto [high, needed_of_high] = find_bucket(upper, static_cast<std::uint64_t>(k));
  const Histogram lower = count_buckets(size, source, [high = high](std::uint32_t bits) {
    return bits >> 16 == high ? bits & 0xFFFF : static_cast<std::uint32_t>(kNumBuckets);
  });
  const auto [low, needed_of_low] = find_bucket(lower, needed_of_high);
  selection.threshold_ = high << 16 | low;
  selection.num_equal_kept_ = static_cast<std::int64_t>(needed_of_low);
  selection.all_equal_kept_ = needed_of_low == lower[low];
  if (!selection.all_equal_kept_) selection.count_equals_before(size, source);
  return selection;
}

void Selection::count_equals_before(std::int64_t size, const BlockSource& source) {
  equals_before_.resize((size + kBlockElements - 1) / kBlockElements);
  for_each_block(size, [&](std::int64_t begin, std::int64_t n) {
    std::array<float, kBlockElements> values;
    source(begin, values.data(), n);
    equals_before_[begin / kBlockElements] = blend_kernels().count_equal(values.data(), threshold_, n);
  });
  std::int64_t sum = 0;
  for (std::int64_t& count : equals_before_) count = std::exchange(sum, sum + count);
}

void Selection::apply(std::int64_t begin, float* values, std::int64_t n) const {
  const BlendKernels& kernels = blend_kernels();
  if (keep_none_) {
    std::memset(values, 0, n * sizeof(float));
    return;
  }
  if (all_equal_kept_) {
    kernels.keep_above(values, threshold_, true, n);
    return;
  }
  std::int64_t still_kept = num_equal_kept_ - equals_before_[begin / kBlockElements];
  if (still_kept <= 0 || still_kept >= n) {
    kernels.keep_above(values, threshold_, still_kept > 0, n);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t bits = magnitude_bits(values[i]);
    const bool kept = bits > threshold_ || (bits == threshold_ && still_kept-- > 0);
    if (!kept) values[i] = 0;
  }
}

}  // namespace quartet::merge
