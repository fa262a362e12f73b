#include "../../../src/merge/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "quartet/base/rng.h"
#include "quartet/merge/merge_methods.h"

namespace quartet::merge {
namespace {

std::vector<float> select(const std::vector<float>& values, std::int64_t k) {
  const auto size = static_cast<std::int64_t>(values.size());
  const Selection selection = Selection::largest(
      size, k, [&](std::int64_t begin, float* out, std::int64_t n) { std::copy_n(values.begin() + begin, n, out); });
  std::vector<float> kept = values;
  for (std::int64_t begin = 0; begin < size; begin += kBlockElements) {
    selection.apply(begin, kept.data() + begin, std::min(kBlockElements, size - begin));
  }
  return kept;
}

/// By sorting; among equals the lowest index first.
std::vector<float> select_by_sorting(const std::vector<float>& values, std::int64_t k) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(values[a]) > std::abs(values[b]); });
  std::vector<float> kept(values.size(), 0.0F);
  for (std::int64_t i = 0; i < k; ++i) kept[order[i]] = values[order[i]];
  return kept;
}

TEST(Selection, EqualsSortingOnContinuousValues) {
  base::Rng rng(1, "selection");
  std::vector<float> values(5000);
  for (float& value : values) value = static_cast<float>(rng.normal() * 1e-3);
  for (const std::int64_t k : {0, 1, 2, 999, 2500, 4999, 5000})
    EXPECT_EQ(select(values, k), select_by_sorting(values, k)) << k;
}

TEST(Selection, LowestIndexWinsAmongEquals) {
  base::Rng rng(2, "selection");
  std::vector<float> values(7000);
  for (float& value : values) value = (static_cast<float>(rng.below(7)) - 3.0F) * 0.125F;
  for (std::int64_t k = 1; k < 7000; k += 613) EXPECT_EQ(select(values, k), select_by_sorting(values, k)) << k;
  const std::vector<float> flat(3000, -0.5F);
  EXPECT_EQ(select(flat, 1234), select_by_sorting(flat, 1234));
}

TEST(Selection, DenormalsAndInfinity) {
  const std::vector<float> values{1e-42F, -INFINITY, 3e-45F, 0.0F, -2e-41F, 1.0F};
  for (std::int64_t k = 0; k <= 6; ++k) EXPECT_EQ(select(values, k), select_by_sorting(values, k)) << k;
}

}  // namespace
}  // namespace quartet::merge
