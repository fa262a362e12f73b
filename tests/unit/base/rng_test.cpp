#include "quartet/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "quartet/base/error.h"

namespace quartet::base {
namespace {

TEST(Rng, NumbersOfTheGeneratorsReference) {  // xoshiro256** from the state 1 2 3 4, as published
  Rng rng(0, "");
  rng.restore({1, 2, 3, 4});
  for (const std::uint64_t expected : {11520ULL, 0ULL, 1509978240ULL, 1215971899390074240ULL})
    EXPECT_EQ(rng.next(), expected);
}

TEST(Rng, FixedStreams) {  // computed with an independent implementation; runs stay comparable only while these hold
  const std::vector<std::tuple<std::uint64_t, std::string_view, std::vector<std::uint64_t>>> cases = {
      {0, "", {0x1e28178eedbf0f30, 0x32dadb1a9e4a4d08, 0x4ef49088479a6d5c}},
      {0, "data", {0x8d1f488340078ccb, 0x830d188b7e2c4183, 0x6b722ce7710d88e8}},
      {1, "data", {0x830058aebbac3fe9, 0x98f68fab1c7a24b9, 0x4996a701208266de}},
      {~std::uint64_t{0}, "sampling", {0x50a6932e48b6810f, 0x387be75d84ba1cb0, 0x589e1985ddeb986a}},
  };
  for (const auto& [seed, purpose, numbers] : cases) {
    Rng rng(seed, purpose);
    for (const std::uint64_t number : numbers) EXPECT_EQ(rng.next(), number) << purpose;
  }
  std::vector<int> order(10);
  std::iota(order.begin(), order.end(), 0);
  Rng(7, "order").shuffle(order);
  EXPECT_EQ(order, (std::vector<int>{9, 4, 3, 1, 2, 7, 8, 6, 0, 5}));
}

TEST(Rng, StateIsSavedAndRestored) {
  Rng rng(5, "state");
  rng.next();
  const auto state = rng.state();
  const std::vector<double> expected = {rng.normal(), rng.uniform(), rng.normal()};
  Rng other(0, "");
  other.restore(state);
  EXPECT_EQ((std::vector<double>{other.normal(), other.uniform(), other.normal()}), expected);
  EXPECT_THROW(other.restore({1, 2, 3}), StateError);
}

TEST(Rng, Distributions) {
  Rng rng(3, "distributions");
  std::vector<int> counts(5);
  double sum = 0, sum_of_squares = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[rng.below(5)];
    const double uniform = rng.uniform();
    ASSERT_TRUE(uniform >= 0 && uniform < 1);
    const double normal = rng.normal();
    sum += normal;
    sum_of_squares += normal * normal;
  }
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 5, 800);  // 6 standard deviations
  EXPECT_NEAR(sum / kDraws, 0, 0.02);
  EXPECT_NEAR(sum_of_squares / kDraws, 1, 0.03);
  EXPECT_EQ(rng.below(1), 0U);
  EXPECT_THROW(rng.below(0), StateError);
}

}  // namespace
}  // namespace quartet::base
