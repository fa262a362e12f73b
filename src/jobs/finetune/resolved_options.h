#pragma once

#include <nlohmann/json_fwd.hpp>

#include "quartet/checkpoint/adapter_file.h"
#include "quartet/jobs/finetune/finetune_job.h"
#include "quartet/train/lr_schedule.h"

namespace quartet::jobs {

/// What a run works with where the options leave it open.
struct UsedValues {
  std::int64_t max_length_tokens = 0;
  train::LrSchedule schedule;
  const checkpoint::LoraSettings* adapter = nullptr;  ///< null where there is none
};

/// The options with the values that are really used, and without those that are not: a config that repeats the run.
nlohmann::ordered_json resolved_options(const FinetuneConfig& config, const UsedValues& used);

}  // namespace quartet::jobs
