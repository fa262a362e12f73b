#include "quartet/train/train_plan.h"

#include <gtest/gtest.h>

#include "quartet/base/error.h"

namespace quartet::train {
namespace {

/// Rows of 1, 2, … tokens, all of them trained but the first of each.
std::vector<data::Sample> rows_of(std::int64_t count) {
  std::vector<data::Sample> samples;
  for (std::int64_t length = 1; length <= count; ++length) {
    data::Sample sample;
    sample.ids.assign(length, 7);
    sample.trained.assign(length, 1);
    sample.trained[0] = 0;
    samples.push_back(sample);
  }
  return samples;
}

/// What a run would see, step by step.
TrainPlan plan_by_hand(const std::vector<data::Sample>& samples, const TrainConfig& config, std::int64_t num_steps) {
  TrainPlan plan;
  data::BatchStream stream(samples, config.batches);
  for (; plan.num_steps < num_steps; ++plan.num_steps) {
    for (const std::int64_t row : stream.next()) {
      plan.num_tokens += samples[row].num_tokens();
      plan.num_trained_tokens += samples[row].num_trained();
    }
  }
  return plan;
}

void expect_same(const TrainPlan& plan, const TrainPlan& expected) {
  EXPECT_EQ(plan.num_steps, expected.num_steps);
  EXPECT_EQ(plan.num_tokens, expected.num_tokens);
  EXPECT_EQ(plan.num_trained_tokens, expected.num_trained_tokens);
}

TEST(PlanTraining, EqualsTheStepsOfTheRun) {
  const auto samples = rows_of(11);
  for (const data::Order order : {data::Order::kShuffled, data::Order::kSequential, data::Order::kLength}) {
    for (const bool by_tokens : {false, true}) {
      TrainConfig config;
      config.batches.order = order;
      config.batches.batch_size = 4;
      if (by_tokens) config.batches.batch_tokens = 12;
      for (const std::int64_t max_steps : {1, 2, 3, 4, 30, 31}) {
        config.max_steps = max_steps;
        expect_same(plan_training(samples, config), plan_by_hand(samples, config, max_steps));
      }
    }
  }
}

TEST(PlanTraining, CountsWholeAndStartedEpochs) {
  const auto samples = rows_of(5);
  TrainConfig config;
  config.batches.batch_size = 2;
  for (const auto& [epochs, steps] : {std::pair{0.1, 1}, {1.0, 3}, {2.0, 6}, {1.5, 5}}) {
    config.epochs = epochs;
    expect_same(plan_training(samples, config), plan_by_hand(samples, config, steps));
  }
  config.batches.batch_tokens = 6;  // 3 or 4 steps a pass, by its order
  std::int64_t steps = 0;
  for (std::int64_t epoch = 0; epoch < 20; ++epoch)
    steps += std::ssize(data::plan_epoch(samples, config.batches, epoch));
  config.epochs = 20;
  expect_same(plan_training(samples, config), plan_by_hand(samples, config, steps));
}

TEST(PlanTraining, TheLongestRunIsPlannedAtOnce) {
  const auto samples = rows_of(100);
  TrainConfig config;
  config.batches.batch_size = 8;
  config.max_steps = kMaxSteps;
  EXPECT_EQ(plan_training(samples, config).num_steps, kMaxSteps);
  config.max_steps.reset();
  config.epochs = 1e6;
  EXPECT_EQ(plan_training(samples, config).num_steps, 13'000'000);
  config.batches.batch_size = 1;
  config.epochs = 1e6 + 0.01;
  EXPECT_THROW(plan_training(samples, config), ConfigError);
}

TEST(PlanTraining, ALanguageHeadNeedsTwoLanguages) {
  auto samples = rows_of(4);
  TrainConfig config;
  config.language_head_weight = 0.1;
  EXPECT_THROW(plan_training(samples, config), DataError);
  for (data::Sample& sample : samples) sample.language = base::find_language("python");
  EXPECT_THROW(plan_training(samples, config), ConfigError);
  samples[0].language = base::find_language("java");
  EXPECT_EQ(plan_training(samples, config).num_steps, 1);
}

}  // namespace
}  // namespace quartet::train
