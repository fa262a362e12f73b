#include "quartet/train/lr_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"
#include "quartet/train/train_config.h"

namespace quartet::train {
namespace {

LrSchedule schedule_of(ScheduleShape shape, double peak, std::int64_t total, std::int64_t warmup) {
  LrSchedule schedule;
  schedule.shape = shape;
  schedule.peak_lr = peak;
  schedule.total_steps = total;
  schedule.warmup_steps = warmup;
  return schedule;
}

TEST(LearningRate, LinearMatchesTransformers) {
  const LrSchedule schedule = schedule_of(ScheduleShape::kLinear, 2.5e-5, 128, 5);
  EXPECT_EQ(learning_rate(schedule, 0), 0);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 1), 5e-6);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 4), 2e-5);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 5), 2.5e-5);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 6), 2.5e-5 * 122 / 123);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 127), 2.5e-5 / 123);
}

TEST(LearningRate, CosineFallsToTheFinalRatio) {
  LrSchedule schedule = schedule_of(ScheduleShape::kCosine, 8e-3, 300, 10);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 10), 8e-3);
  EXPECT_NEAR(learning_rate(schedule, 155), 4e-3, 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 300), 0, 1e-15);
  schedule.final_ratio = 0.05;
  EXPECT_NEAR(learning_rate(schedule, 155), 8e-3 * (0.05 + 0.95 / 2), 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 300), 8e-3 * 0.05, 1e-15);
}

TEST(LearningRate, ConstantStays) {
  const LrSchedule schedule = schedule_of(ScheduleShape::kConstant, 1e-3, 10, 2);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 1), 5e-4);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 9), 1e-3);
}

TEST(LearningRate, WsdIsStableThenLinear) {
  LrSchedule schedule = schedule_of(ScheduleShape::kWsd, 4e-3, 100, 10);
  schedule.final_ratio = 0.05;
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 10), 4e-3);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 59), 4e-3);
  EXPECT_DOUBLE_EQ(learning_rate(schedule, 60), 4e-3);
  EXPECT_NEAR(learning_rate(schedule, 80), 4e-3 * (0.05 + 0.95 * 0.5), 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 100), 4e-3 * 0.05, 1e-15);
}

TEST(LearningRate, WithoutWarmupTheFirstStepHasThePeak) {
  EXPECT_DOUBLE_EQ(learning_rate(schedule_of(ScheduleShape::kLinear, 1e-3, 4, 0), 0), 1e-3);
}

TEST(TrainConfig, WarmupStepsBeatTheRatioAndTheRatioRoundsUp) {
  TrainConfig config;
  EXPECT_EQ(config.lr_schedule(101).warmup_steps, 4);
  config.warmup_steps = 0;
  EXPECT_EQ(config.lr_schedule(101).warmup_steps, 0);
}

TEST(TrainConfig, PeakDependsOnTheMethod) {
  TrainConfig config;
  EXPECT_EQ(config.lr_schedule(1).peak_lr, 2e-4);
  config.method = Method::kFull;
  EXPECT_EQ(config.lr_schedule(1).peak_lr, 1e-3);
  config.lr = 0.5;
  EXPECT_EQ(config.lr_schedule(1).peak_lr, 0.5);
}

TEST(TrainConfig, ReportsEveryBadValue) {
  TrainConfig config;
  EXPECT_TRUE(config.problems().empty());
  config.batches.batch_size = 0;
  config.lr = std::nan("");
  config.adamw.beta1 = 1;
  config.max_steps = 0;
  EXPECT_EQ(config.problems().size(), 4U);
}

TEST(ParseMethod, NamesWhatIsNotBuilt) {
  EXPECT_EQ(parse_method("full"), Method::kFull);
  EXPECT_THROW(parse_method("qlora"), ConfigError);
  EXPECT_THROW(parse_method("sft"), ConfigError);
  EXPECT_THROW(parse_schedule_shape("step"), ConfigError);
}

}  // namespace
}  // namespace quartet::train
