#include "check_config.h"

#include <algorithm>
#include <filesystem>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/train/run_dir.h"

namespace quartet::jobs {
namespace fs = std::filesystem;
namespace {

using base::cat;

/// True if `path` is `directory` or lies in it.
bool lies_within(const fs::path& path, const fs::path& directory) {
  const fs::path inner = fs::weakly_canonical(path), outer = fs::weakly_canonical(directory);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void append(std::vector<std::string>& problems, const std::vector<std::string>& found) {
  problems.insert(problems.end(), found.begin(), found.end());
}

/// Runs `check` and keeps what a ConfigError of it says.
template <class Check>
void collect(std::vector<std::string>& problems, const Check& check) {
  try {
    check();
  } catch (const ConfigError& error) {
    append(problems, error.problems());
  }
}

void check_values(const FinetuneConfig& config, std::vector<std::string>& problems) {
  if (config.base.empty()) problems.push_back("base: missing, expected a model directory");
  if (config.data.empty()) problems.push_back("data: missing, expected [LANG=]PATH of a JSONL file");
  if (config.max_length && *config.max_length < 2) {
    problems.push_back(cat("max-length: got ", *config.max_length, ", expected at least 2"));
  }
  if (!(config.eval_fraction >= 0 && config.eval_fraction < 1)) {
    problems.push_back(cat("eval-fraction: got ", config.eval_fraction, ", expected 0 to below 1"));
  }
  if (config.eval_fraction > 0 && !config.eval_data.empty()) {
    problems.push_back("eval-data and eval-fraction: both given, expected one of them");
  }
  if (config.train.method == train::Method::kFull && !config.init_adapter.empty()) {
    problems.push_back("init-adapter: got one with method full, expected method lora");
  }
  if (config.train.method == train::Method::kLora && !config.save_dtype.empty()) {
    problems.push_back("save-dtype: got one with method lora, whose adapter is float32; expected method full");
  }
  append(problems, config.train.problems());
  append(problems, config.lora.problems());
}

void check_output(const FinetuneConfig& config, const FinetuneSources& sources, std::vector<std::string>& problems) {
  if (config.output.empty()) {
    problems.push_back("output: missing, expected a directory to create");
    return;
  }
  collect(problems, [&] { train::RunDirectory::check(config.output, config.overwrite); });
  std::vector<fs::path> inputs = {config.base, config.init_adapter};
  for (const auto* list : {&sources.train, &sources.held_out}) {
    for (const data::DataSource& source : *list) inputs.push_back(source.path);
  }
  for (const fs::path& input : inputs) {
    if (input.empty() || !lies_within(input, config.output)) continue;
    problems.push_back(cat("output: ", input.string(), " lies in it, expected a directory apart from what is read"));
  }
}

}  // namespace

FinetuneSources check_config(const FinetuneConfig& config) {
  std::vector<std::string> problems = config.problems;
  check_values(config, problems);
  FinetuneSources sources;
  for (const std::string& text : config.data) {
    collect(problems, [&] { sources.train.push_back(data::parse_data_source(text)); });
  }
  for (const std::string& text : config.eval_data) {
    collect(problems, [&] { sources.held_out.push_back(data::parse_data_source(text)); });
  }
  collect(problems, [&] {
    if (!config.language.empty()) sources.language = &base::require_language(config.language, "language");
  });
  check_output(config, sources, problems);
  if (!problems.empty()) throw ConfigError(problems);
  return sources;
}

}  // namespace quartet::jobs
