#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/data/batch_stream.h"
#include "quartet/train/adamw.h"
#include "quartet/train/lr_schedule.h"

namespace quartet::train {

enum class Method {
  kLora,  ///< adapter matrices beside frozen weights
  kFull,  ///< every weight
};

/// Throws: ConfigError; methods of the contract that are not built are named as such.
Method parse_method(std::string_view name);

/// More than any run has done: what is above it is a slip of the keyboard.
constexpr std::int64_t kMaxSteps = 100'000'000;

/// How a training run works, without its data and files.
struct TrainConfig {
  Method method = Method::kLora;
  data::BatchOptions batches;
  data::MicroBatchOptions micro_batches;
  double epochs = 1;
  std::optional<std::int64_t> max_steps;  ///< overrides epochs: the data repeat
  std::optional<double> lr;               ///< absent: 2e-4, full 1e-3
  ScheduleShape schedule = ScheduleShape::kLinear;
  double final_lr_ratio = 0;
  double stable_fraction = 0.6;
  std::optional<std::int64_t> warmup_steps;  ///< absent: the ratio
  double warmup_ratio = 0.03;
  AdamWOptions adamw;
  double max_grad_norm = 1;     ///< 0 = off
  std::int64_t eval_every = 0;  ///< steps between held-out losses; 0 = before the first and after the last only
  double language_head_weight = 0;

  /// Every value that is out of its range, under its flag's name.
  std::vector<std::string> problems() const;
  LrSchedule lr_schedule(std::int64_t total_steps) const;
};

}  // namespace quartet::train
