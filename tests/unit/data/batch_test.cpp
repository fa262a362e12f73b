#include "quartet/data/batch.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace quartet::data {
namespace {

at::Tensor longs(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::kLong);
}

TEST(Collate, PadsOnTheRightAndPointsAtThePredictingPositions) {
  const std::vector<Sample> samples = {{{1, 20, 21, 2}, {1, 0, 1, 1}, nullptr}, {{1, 30, 2}, {0, 0, 1}, nullptr}};
  const Batch batch = collate(samples, {1, 0}, at::kCPU);
  EXPECT_TRUE(at::equal(batch.ids, longs({1, 30, 2, 0, 1, 20, 21, 2}).view({2, 4})));
  EXPECT_TRUE(at::equal(batch.positions, longs({1, 5, 6})));  // token 0 is never predicted, whatever its mask says
  EXPECT_TRUE(at::equal(batch.targets, longs({2, 21, 2})));
  EXPECT_TRUE(at::equal(batch.real, longs({0, 1, 2, 4, 5, 6, 7})));
  EXPECT_EQ(batch.num_tokens(), 7);
  EXPECT_EQ(batch.num_trained(), 3);
  EXPECT_EQ(samples[0].num_trained(), 2);
}

}  // namespace
}  // namespace quartet::data
