#pragma once

#include <cstdint>
#include <vector>

#include "quartet/data/sample.h"
#include "quartet/train/train_config.h"

namespace quartet::train {

/// What a run will do, known before it starts.
struct TrainPlan {
  std::int64_t num_steps = 0;
  std::int64_t num_tokens = 0;
  std::int64_t num_trained_tokens = 0;
};

/// The plan for samples that can be trained on.
/// Throws: ConfigError for more than kMaxSteps; DataError or ConfigError where a language head is asked for and the
/// samples do not have languages to tell apart; Stopped.
TrainPlan plan_training(const std::vector<data::Sample>& samples, const TrainConfig& config);

}  // namespace quartet::train
