#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quartet/train/lora_init.h"
#include "quartet/train/train_config.h"

namespace quartet::jobs {

/// Everything that `finetune` was asked for.
struct FinetuneConfig {
  std::string base;               ///< model directory
  std::vector<std::string> data;  ///< [LANG=]PATH
  std::string output;
  std::string language;  ///< empty: all rows
  std::string template_name = "study";
  bool train_on_prompt = false;
  std::string detok = "none";              ///< xlcost: the rows' code is XLCoST tokens
  std::optional<std::int64_t> max_length;  ///< absent: 1024, or the model's context where that is shorter
  std::string init_adapter;                ///< PEFT adapter to start from; empty: a new one
  std::vector<std::string> eval_data;      ///< [LANG=]PATH
  double eval_fraction = 0;                ///< of the data, by hash
  std::string save_dtype;                  ///< of a full model; empty: as the base stores it
  std::string device = "cpu";
  int threads = 0;
  std::uint64_t seed = 0;
  bool overwrite = false;
  bool dry_run = false;
  train::TrainConfig train;
  train::LoraOptions lora;
  nlohmann::ordered_json options;     ///< every option as given or by default, under its name in a config
  std::vector<std::string> problems;  ///< what is known to be wrong already: reported with the rest
};

/// Trains an adapter or a whole model and commits it.
/// Throws: ConfigError before any other file is opened; DataError, CheckpointError, NumericError, ResourceError,
/// Stopped.
void run_finetune(const FinetuneConfig& config);

}  // namespace quartet::jobs
