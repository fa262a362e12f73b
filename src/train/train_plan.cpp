#include "quartet/train/train_plan.h"

#include <cmath>

#include "quartet/base/error.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/train/language_head.h"

namespace quartet::train {
namespace {

void add_rows(const std::vector<data::Sample>& samples, const data::Indices& rows, std::int64_t times,
              TrainPlan& plan) {
  for (const std::int64_t row : rows) {
    plan.num_tokens += times * samples[row].num_tokens();
    plan.num_trained_tokens += times * samples[row].num_trained();
  }
}

/// Adds `times` passes over all of the data.
void add_passes(const std::vector<data::Sample>& samples, const std::vector<data::Indices>& steps, std::int64_t times,
                TrainPlan& plan) {
  plan.num_steps += times * std::ssize(steps);
  for (const data::Indices& rows : steps) add_rows(samples, rows, times, plan);
}

}  // namespace

TrainPlan plan_training(const std::vector<data::Sample>& samples, const TrainConfig& config) {
  if (config.language_head_weight > 0) language_classes(samples);
  // Rows that fill steps by tokens give another number of steps in another order; all other passes are alike.
  const bool passes_are_alike = !config.batches.batch_tokens || config.batches.order == data::Order::kSequential;
  const auto whole_passes = static_cast<std::int64_t>(config.epochs);
  TrainPlan plan;
  std::int64_t passes = 0;
  std::vector<data::Indices> steps = data::plan_epoch(samples, config.batches, passes);
  while (config.max_steps ? plan.num_steps + std::ssize(steps) <= *config.max_steps : passes < whole_passes) {
    std::int64_t times = 1;
    if (passes_are_alike) times = config.max_steps ? *config.max_steps / std::ssize(steps) : whole_passes;
    add_passes(samples, steps, times, plan);
    passes += times;
    base::throw_if_stopped("stopped while planning the steps: nothing was written");
    steps = data::plan_epoch(samples, config.batches, passes);
    if (plan.num_steps > kMaxSteps) break;
  }
  const double rest = (config.epochs - static_cast<double>(whole_passes)) * static_cast<double>(steps.size());
  const auto started =
      config.max_steps ? *config.max_steps - plan.num_steps : static_cast<std::int64_t>(std::ceil(rest));
  for (std::int64_t step = 0; step < started; ++step) add_rows(samples, steps[step], 1, plan);
  plan.num_steps += started;
  if (plan.num_steps > kMaxSteps) {
    throw ConfigError(
        base::cat("epochs: got ", config.epochs, ", more than ", kMaxSteps, " steps on these rows; expected fewer"));
  }
  return plan;
}

}  // namespace quartet::train
