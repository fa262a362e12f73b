#include "quartet/data/batch_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "quartet/base/error.h"

namespace quartet::data {
namespace {

using ::testing::ElementsAre;

std::vector<Sample> samples_of(const std::vector<std::int64_t>& lengths) {
  std::vector<Sample> samples;
  for (const std::int64_t length : lengths) {
    Sample sample;
    sample.ids.assign(length, 7);
    sample.trained.assign(length, 1);
    samples.push_back(sample);
  }
  return samples;
}

BatchOptions options_of(Order order, std::int64_t batch_size) {
  BatchOptions options;
  options.order = order;
  options.batch_size = batch_size;
  return options;
}

Indices flatten(const std::vector<Indices>& steps) {
  Indices all;
  for (const Indices& step : steps) all.insert(all.end(), step.begin(), step.end());
  return all;
}

TEST(PlanEpoch, SequentialKeepsTheOrderAndTheLastShortBatch) {
  const auto samples = samples_of({5, 4, 3, 2, 6});
  EXPECT_THAT(plan_epoch(samples, options_of(Order::kSequential, 2), 0),
              ElementsAre(Indices{0, 1}, Indices{2, 3}, Indices{4}));
}

TEST(PlanEpoch, EveryOrderHasEverySampleOnce) {
  const auto samples = samples_of(std::vector<std::int64_t>(101, 3));
  for (const Order order : {Order::kShuffled, Order::kSequential, Order::kLength}) {
    Indices all = flatten(plan_epoch(samples, options_of(order, 8), 4));
    ASSERT_EQ(all.size(), 101U);
    EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), 101U);
  }
}

TEST(PlanEpoch, ShuffledDependsOnSeedAndEpochOnly) {
  const auto samples = samples_of(std::vector<std::int64_t>(50, 3));
  BatchOptions options = options_of(Order::kShuffled, 4);
  const auto first = plan_epoch(samples, options, 0);
  EXPECT_EQ(first, plan_epoch(samples, options, 0));
  EXPECT_NE(first, plan_epoch(samples, options, 1));
  options.seed = 1;
  EXPECT_NE(first, plan_epoch(samples, options, 0));
}

TEST(PlanEpoch, LengthPutsTheLongestFirstAndSortsInPools) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < 64; ++i) lengths.push_back(2 + (i * 37) % 64);
  const auto samples = samples_of(lengths);
  const Indices order = flatten(plan_epoch(samples, options_of(Order::kLength, 4), 0));  // pools of 4 * 4 rows
  EXPECT_EQ(samples[order[0]].num_tokens(), 65);
  for (std::size_t i = 17; i < 64; ++i) {  // the first two pools may have exchanged their heads
    if (i % 16 < 2) continue;
    EXPECT_LE(samples[order[i]].num_tokens(), samples[order[i - 1]].num_tokens()) << i;
  }
}

TEST(PlanEpoch, BatchTokensFillsStepsWithoutCuttingRows) {
  const auto samples = samples_of({6, 4, 5, 20, 3});
  BatchOptions options = options_of(Order::kSequential, 99);
  options.batch_tokens = 10;
  EXPECT_THAT(plan_epoch(samples, options, 0), ElementsAre(Indices{0, 1}, Indices{2}, Indices{3}, Indices{4}));
}

TEST(PlanEpoch, AnyBatchSizeIsTaken) {
  const auto samples = samples_of({5, 4, 6});
  for (const std::int64_t size : {std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_THAT(plan_epoch(samples, options_of(Order::kLength, size), 0), ElementsAre(Indices{2, 0, 1})) << size;
  }
}

TEST(BatchStream, StartsTheRowsAgainAfterAnEpoch) {
  const auto samples = samples_of({1, 1, 1});
  BatchStream stream(samples, options_of(Order::kSequential, 2));
  EXPECT_EQ(stream.next(), (Indices{0, 1}));
  EXPECT_EQ(stream.next(), (Indices{2}));
  EXPECT_EQ(stream.epoch(), 0);
  EXPECT_EQ(stream.next(), (Indices{0, 1}));
  EXPECT_EQ(stream.epoch(), 1);
}

TEST(SplitStep, BySizeGroupsLikeLengths) {
  const auto samples = samples_of({2, 9, 3, 8, 5});
  MicroBatchOptions options;
  options.size = 2;
  EXPECT_THAT(split_step(samples, {0, 1, 2, 3, 4}, options), ElementsAre(Indices{1, 3}, Indices{4, 2}, Indices{0}));
}

TEST(SplitStep, AutomaticWeighsPaddingAgainstPasses) {
  const auto samples = samples_of({100, 10, 98, 10, 12, 11});
  MicroBatchOptions options;
  options.pass_overhead_tokens = 50;
  EXPECT_THAT(split_step(samples, {0, 1, 2, 3, 4, 5}, options), ElementsAre(Indices{0, 2}, Indices{4, 5, 1, 3}));
  options.pass_overhead_tokens = 1000;
  EXPECT_EQ(split_step(samples, {0, 1, 2, 3, 4, 5}, options).size(), 1U);
  options.max_padded_tokens = 200;
  EXPECT_GE(split_step(samples, {0, 1, 2, 3, 4, 5}, options).size(), 2U);
}

TEST(SplitStep, ARowLongerThanTheBoundStandsAlone) {
  const auto samples = samples_of({50, 40});
  MicroBatchOptions options;
  options.max_padded_tokens = 10;
  EXPECT_THAT(split_step(samples, {0, 1}, options), ElementsAre(Indices{0}, Indices{1}));
}

TEST(ParseOrder, RefusesOtherNames) {
  EXPECT_EQ(parse_order("length"), Order::kLength);
  EXPECT_THROW(parse_order("random"), ConfigError);
}

}  // namespace
}  // namespace quartet::data
