#pragma once

#include <vector>

#include "quartet/base/language.h"
#include "quartet/data/dataset.h"
#include "quartet/jobs/finetune/finetune_job.h"

namespace quartet::jobs {

/// The data that a checked config names.
struct FinetuneSources {
  std::vector<data::DataSource> train, held_out;
  const base::Language* language = nullptr;  ///< of --language
};

/// Everything that can be said before a file is opened. Throws: ConfigError with all problems.
FinetuneSources check_config(const FinetuneConfig& config);

}  // namespace quartet::jobs
