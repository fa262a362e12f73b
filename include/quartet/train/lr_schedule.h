#pragma once

#include <cstdint>
#include <string_view>

namespace quartet::train {

enum class ScheduleShape { kLinear, kCosine, kConstant, kWsd };

/// "linear", "cosine", "constant", "wsd". Throws: ConfigError.
ScheduleShape parse_schedule_shape(std::string_view name);

/// Warm-up, then one of four shapes down to `final_ratio` of the peak (kConstant stays).
struct LrSchedule {
  ScheduleShape shape = ScheduleShape::kLinear;
  double peak_lr = 0;
  std::int64_t total_steps = 0;
  std::int64_t warmup_steps = 0;
  double final_ratio = 0;
  double stable_fraction = 0.6;  ///< kWsd: the part of all steps, warm-up included, before the decay begins
};

/// The learning rate of optimizer step `step` (0-based): peak * step / warmup within the warm-up, so step 0 has 0. The
/// shape reaches `final_ratio` at step `total_steps`, one after the last.
/// Source: transformers get_linear_schedule_with_warmup, get_cosine_schedule_with_warmup; wsd: arXiv:2404.06395.
double learning_rate(const LrSchedule& schedule, std::int64_t step);

}  // namespace quartet::train
