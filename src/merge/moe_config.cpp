#include "quartet/merge/moe_config.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "quartet/base/config_reader.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/language.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

using base::cat;
using base::ConfigReader;
namespace fs = std::filesystem;

/// Reads one config file; problems gather in the document of `root_`.
class MoeConfigParser {
 public:
  MoeConfigParser(ConfigReader root, const fs::path& path, const MoeConfigOptions& options)
      : root_(std::move(root)), directory_(path.parent_path()), options_(options) {
    config_.source = path.string();
  }

  MoeConfig parse();

 private:
  void parse_gate_mode();
  void parse_architecture();
  MoeExpert parse_expert(ConfigReader& reader);
  void parse_name(ConfigReader& reader, MoeExpert& expert);
  void refuse(ConfigReader& reader, const char* key, const char* why);
  void check_counts();
  void check_prompts();
  bool is_contrastive() const { return config_.gate_mode == GateMode::kContrastive; }
  bool prompts_matter() const {
    return knows_gate_mode_ && config_.gate_mode != GateMode::kRandom && config_.gate_mode != GateMode::kUniformRandom;
  }
  /// True if the gate mode sees the same texts of both experts.
  bool same_texts(const MoeExpert& a, const MoeExpert& b) const;

  ConfigReader root_;
  fs::path directory_;
  MoeConfigOptions options_;
  bool knows_gate_mode_ = true;
  MoeConfig config_;
};

void MoeConfigParser::refuse(ConfigReader& reader, const char* key, const char* why) {
  const auto& value = reader.raw(key);
  if (!value.is_null() && !(value.is_structured() && value.empty())) reader.problem(key, why);
}

void MoeConfigParser::parse_gate_mode() {
  const std::map<std::string, GateMode> modes{{"hidden", GateMode::kHidden},
                                              {"hidden_last", GateMode::kHidden},  // the two are one in mergekit
                                              {"hidden_avg", GateMode::kHiddenAverage},
                                              {"cheap_embed", GateMode::kCheapEmbed},
                                              {"random", GateMode::kRandom},
                                              {"uniform_random", GateMode::kUniformRandom},
                                              {"contrastive", GateMode::kContrastive}};
  const std::string name = root_.get<std::string>("gate_mode", "hidden");
  config_.gate_mode_name = name;
  if (const auto found = modes.find(name); found != modes.end()) {
    config_.gate_mode = found->second;
    return;
  }
  knows_gate_mode_ = false;
  std::vector<std::string> built;
  for (const auto& [built_name, mode] : modes) built.push_back(built_name);
  const bool planned = name == "probe" || name == "train";
  root_.problem("gate_mode",
                cat("got ", base::excerpt(name), planned ? ", which is not built yet" : base::did_you_mean(name, built),
                    ", expected one of ", base::join(built, ", ")));
}

void MoeConfigParser::parse_architecture() {
  const auto name = root_.find<std::string>("architecture");
  if (name && (name->empty() || std::string("mixtral").rfind(base::to_lower(*name), 0) != 0)) {
    root_.problem("architecture", cat("got ", base::excerpt(*name), ", only mixtral is built"));
  }
}

void MoeConfigParser::parse_name(ConfigReader& reader, MoeExpert& expert) {
  const auto name = reader.find<std::string>("name");
  const auto language = reader.find<std::string>("language");
  if (language) {
    if (const base::Language* known = base::find_language(*language)) {
      expert.language = std::string(known->id);
    } else {
      reader.problem("language", cat("got ", base::excerpt(*language), ", expected a language such as python or C++"));
    }
  }
  const fs::path& place = expert.model.lora.empty() ? expert.model.model : expert.model.lora;
  fs::path directory = place.has_filename() ? place : place.parent_path();
  // A run of finetune holds its result in adapter/ or model/: the run's name says more.
  if ((directory.filename() == "adapter" || directory.filename() == "model") && directory.has_parent_path() &&
      directory.parent_path().has_filename()) {
    directory = directory.parent_path();
  }
  expert.name = name ? *name : expert.language.value_or(directory.filename().string());
}

MoeExpert MoeConfigParser::parse_expert(ConfigReader& reader) {
  MoeExpert expert;
  expert.model = parse_model_reference(reader.raw("source_model"), directory_, reader, "source_model");
  expert.positive_prompts = reader.get<std::vector<std::string>>("positive_prompts", {});
  expert.negative_prompts = reader.get<std::vector<std::string>>("negative_prompts", {});
  if (const auto path = reader.find<std::string>("calibration")) {
    std::error_code ignored;
    const fs::path beside = directory_ / *path;
    expert.calibration = fs::exists(beside, ignored) ? beside : fs::path(*path);
  }
  parse_name(reader, expert);
  refuse(reader, "noise_scale", "is not built yet; remove it");
  refuse(reader, "residual_scale", "is not built yet; remove it");
  return expert;
}

void MoeConfigParser::check_counts() {
  const auto num_experts = static_cast<std::int64_t>(config_.experts.size());
  if (config_.experts_per_token < 1 || config_.experts_per_token > std::max<std::int64_t>(1, num_experts)) {
    root_.problem("experts_per_token",
                  cat("is ", config_.experts_per_token, ", expected 1 to ", num_experts, " (the number of experts)"));
  }
  if (config_.skip_tokens < 0) root_.problem("skip_tokens", "must not be negative");
  if (!(config_.shrinkage > 0 && config_.shrinkage <= 1)) {
    root_.problem("shrinkage", cat("is ", config_.shrinkage, ", expected a number above 0, at most 1"));
  }
  for (std::size_t i = 0; i < config_.experts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (config_.experts[i].name == config_.experts[j].name) {
        base::log_warning(cat(config_.source, ": experts ", j, " and ", i, " are both called '",
                              config_.experts[i].name, "'; set name: or language: to tell them apart"));
      }
    }
  }
}

bool MoeConfigParser::same_texts(const MoeExpert& a, const MoeExpert& b) const {
  // Contrastive takes an expert's calibration rows in the place of its prompts; all negative prompts are one class.
  if (is_contrastive())
    return a.calibration == b.calibration && (a.calibration || a.positive_prompts == b.positive_prompts);
  return a.positive_prompts == b.positive_prompts && a.negative_prompts == b.negative_prompts;
}

void MoeConfigParser::check_prompts() {
  if (!prompts_matter()) return;
  const auto& experts = config_.experts;
  bool all_given = true;
  for (std::size_t i = 0; i < experts.size(); ++i) {
    const bool has_rows = is_contrastive() && experts[i].calibration;
    if (!experts[i].positive_prompts.empty() || has_rows) continue;
    all_given = false;
    root_.problem("", cat("experts[", i, "] has no positive_prompts", is_contrastive() ? " and no calibration" : "",
                          "; gate_mode ", config_.gate_mode_name, " needs them"));
  }
  if (!all_given || experts.size() < 2) return;
  const bool all_same = std::all_of(experts.begin(), experts.end(),
                                    [&](const MoeExpert& expert) { return same_texts(experts.front(), expert); });
  const auto texts_of = [&](const MoeExpert& expert) {
    return is_contrastive() && expert.calibration ? "calibration" : "prompts";
  };
  if (all_same) {
    root_.problem("", cat("all experts have the same ", texts_of(experts.front()),
                          ": the router would be the same for all of them"));
    return;
  }
  for (std::size_t i = 0; i < experts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!same_texts(experts[j], experts[i])) continue;
      base::log_warning(cat("experts ", j, " and ", i, " have the same ", texts_of(experts[i]),
                            ": the router cannot tell them apart"));
    }
  }
}

MoeConfig MoeConfigParser::parse() {
  config_.base_model = parse_model_reference(root_.raw("base_model"), directory_, root_, "base_model");
  parse_gate_mode();
  parse_architecture();
  config_.experts_per_token = root_.get<std::int64_t>("experts_per_token", 2);
  config_.prompt_template = root_.get<std::string>("template", "study");
  config_.skip_tokens = root_.get<std::int64_t>("skip_tokens", 4);
  config_.shrinkage = root_.get<double>("shrinkage", 0.1);
  if (const auto name = root_.find<std::string>("dtype")) {
    try {
      config_.dtype = tensor::dtype_name(tensor::parse_float_dtype(*name, root_.path("dtype")));
    } catch (const ConfigError& error) {
      root_.problem("", error.what());
    }
  }
  refuse(root_, "shared_experts", "Mixtral has no shared experts; remove it");
  for (ConfigReader& expert : root_.objects("experts")) config_.experts.push_back(parse_expert(expert));
  if (config_.experts.empty()) root_.problem("experts", "is missing or empty; expected a list of {source_model, …}");
  check_counts();
  check_prompts();
  const bool all_one_model = config_.experts.size() > 1 &&
                             std::all_of(config_.experts.begin(), config_.experts.end(), [&](const MoeExpert& expert) {
                               return expert.model.same_as(config_.experts.front().model);
                             });
  if (all_one_model && !options_.allow_untrained) {
    root_.problem("experts",
                  "are all the same model: such a mixture is its base; --i-understand-this-is-not-useful-"
                  "without-training builds it");
  }
  root_.finish();
  return std::move(config_);
}

}  // namespace

bool MoeConfig::has_calibration() const {
  return std::any_of(experts.begin(), experts.end(),
                     [](const MoeExpert& expert) { return expert.calibration.has_value(); });
}

MoeConfig read_moe_config(const fs::path& path, const MoeConfigOptions& options) {
  ConfigReader root(base::read_yaml_file(path), path.string());
  MoeConfig config = MoeConfigParser(std::move(root), path, options).parse();
  config.text = base::read_text_file(path);
  return config;
}

}  // namespace quartet::merge
