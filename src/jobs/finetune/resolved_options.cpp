#include "resolved_options.h"

#include <ATen/Parallel.h>

#include <nlohmann/json.hpp>

namespace quartet::jobs {
namespace {

/// Options that are open, or whose place another one has taken.
bool is_unused(const std::string& key, const nlohmann::ordered_json& value, const FinetuneConfig& config) {
  const train::TrainConfig& train = config.train;
  if (value.is_null() || value == "" || (value.is_array() && value.empty())) return true;
  if (key == "overwrite" || key == "dry_run") return true;  // said once, not for a repetition
  if (key == "warmup_ratio") return true;                   // the steps are there
  if (key == "epochs") return train.max_steps.has_value();
  if (key == "batch_size") return train.batches.batch_tokens.has_value();
  if (key == "stable_fraction") return train.schedule != train::ScheduleShape::kWsd;
  const bool of_lora = key == "rank" || key == "alpha" || key == "target_modules" || key == "rslora";
  return of_lora && train.method != train::Method::kLora;
}

}  // namespace

nlohmann::ordered_json resolved_options(const FinetuneConfig& config, const UsedValues& used) {
  nlohmann::ordered_json all = config.options;
  all["max_length"] = used.max_length_tokens;
  all["lr"] = used.schedule.peak_lr;
  all["warmup_steps"] = used.schedule.warmup_steps;
  all["threads"] = at::get_num_threads();
  if (used.adapter != nullptr) {
    all["rank"] = used.adapter->rank;
    all["alpha"] = used.adapter->alpha;
    all["target_modules"] = used.adapter->target_modules;
    all["rslora"] = used.adapter->use_rslora;
  }
  nlohmann::ordered_json result = nlohmann::ordered_json::object();
  for (const auto& [key, value] : all.items()) {
    if (!is_unused(key, value, config)) result[key] = value;
  }
  return result;
}

}  // namespace quartet::jobs
