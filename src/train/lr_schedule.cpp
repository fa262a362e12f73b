#include "quartet/train/lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::train {
namespace {

/// What is left of the way from step `begin` to the end: 1 at `begin`, 0 at the end.
double remaining(std::int64_t step, std::int64_t begin, std::int64_t end) {
  return std::max(0.0, static_cast<double>(end - step) / static_cast<double>(std::max<std::int64_t>(1, end - begin)));
}

/// 1 at the peak, 0 at the end.
double shape_factor(const LrSchedule& schedule, std::int64_t step) {
  switch (schedule.shape) {
    case ScheduleShape::kLinear:
      return remaining(step, schedule.warmup_steps, schedule.total_steps);
    case ScheduleShape::kCosine: {
      const double progress = 1 - remaining(step, schedule.warmup_steps, schedule.total_steps);
      return 0.5 * (1 + std::cos(std::numbers::pi * progress));
    }
    case ScheduleShape::kWsd: {
      const auto stable =
          static_cast<std::int64_t>(schedule.stable_fraction * static_cast<double>(schedule.total_steps));
      const std::int64_t begin = std::max(stable, schedule.warmup_steps);
      return step < begin ? 1.0 : remaining(step, begin, schedule.total_steps);
    }
    case ScheduleShape::kConstant:
      break;
  }
  return 1;
}

}  // namespace

ScheduleShape parse_schedule_shape(std::string_view name) {
  if (name == "linear") return ScheduleShape::kLinear;
  if (name == "cosine") return ScheduleShape::kCosine;
  if (name == "constant") return ScheduleShape::kConstant;
  if (name == "wsd") return ScheduleShape::kWsd;
  throw ConfigError(base::cat("schedule: got '", name, "', expected linear, cosine, constant or wsd"));
}

double learning_rate(const LrSchedule& schedule, std::int64_t step) {
  if (step < schedule.warmup_steps) {
    return schedule.peak_lr * (static_cast<double>(step) / static_cast<double>(schedule.warmup_steps));
  }
  return schedule.peak_lr * (schedule.final_ratio + (1 - schedule.final_ratio) * shape_factor(schedule, step));
}

}  // namespace quartet::train
