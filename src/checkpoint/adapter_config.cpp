#include "adapter_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "quartet/arch/config_fields.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {
namespace {

using arch::ConfigFields;
using base::cat;
using nlohmann::json;

constexpr std::size_t kMaxPatternBytes = 512;
constexpr std::size_t kMaxPatterns = 100'000;  // one a module of a large model
constexpr std::size_t kMaxRegexes = 100;       // patterns that need the regular expression engine

// PEFT's class defaults.
constexpr std::int64_t kDefaultRank = 8;
constexpr double kDefaultAlpha = 8;

bool is_set(const json* value) {
  if (!value || (value->is_boolean() && !value->get<bool>())) return false;
  return !((value->is_array() || value->is_object()) && value->empty());
}

// Features that change what an adapter computes. Ignoring one would give wrong results without a word.
void refuse_unsupported(const ConfigFields& fields) {
  const std::array<std::pair<std::string_view, std::string_view>, 15> features{{
      {"use_dora", "DoRA"},
      {"lora_bias", "a bias of lora_B"},
      {"fan_in_fan_out", "transposed weights"},
      {"modules_to_save", "fully trained modules"},
      {"layer_replication", "replicated layers"},
      {"target_parameters", "adapters on bare parameters (experts in the fused layout)"},
      {"trainable_token_indices", "trained tokens"},
      {"alora_invocation_tokens", "activated LoRA"},
      {"arrow_config", "Arrow routing"},
      {"use_qalora", "QA-LoRA"},
      {"use_bdlora", "BD-LoRA"},
      {"kasa_config", "KaSA"},
      {"monteclora_config", "MonteCLoRA"},
      {"velora_config", "VeLoRA"},
      {"lora_ga_config", "LoRA-GA (it changes the base weights)"},
  }};
  for (const auto& [key, what] : features) {
    if (is_set(fields.find(key))) {
      fields.fail(key,
                  cat(what, " is not supported: train the adapter without it, or merge it into its base with PEFT"));
    }
  }
  if (const auto bias = fields.find_string("bias"); bias && *bias != "none") {
    fields.fail("bias", cat("got ", base::excerpt(*bias), ", only 'none' is supported"));
  }
  const json* init = fields.find("init_lora_weights");
  if (!init || !init->is_string()) return;
  const std::string name = base::to_lower(init->get<std::string>());
  for (const std::string_view changes_base : {"pissa", "olora", "corda", "loftq", "lora_ga"}) {
    if (!name.starts_with(changes_base)) continue;
    fields.fail("init_lora_weights",
                cat("'", name,
                    "' changes the base weights: the adapter fits no plain base; convert "
                    "it with PEFT (save_pretrained with path_initial_model_for_weight_conversion)"));
  }
}

std::vector<PatternValue> read_patterns(const ConfigFields& fields, std::string_view key) {
  std::vector<PatternValue> patterns;
  const json* value = fields.find(key);
  if (!value) return patterns;
  if (!value->is_object()) fields.fail(key, cat("got ", value->type_name(), ", expected an object"));
  if (value->size() > kMaxPatterns) fields.fail(key, cat("has ", value->size(), " patterns, at most ", kMaxPatterns));
  for (const auto& [pattern, number] : value->items()) {
    const bool is_fine =
        number.is_number() && std::isfinite(number.get<double>()) && pattern.size() <= kMaxPatternBytes;
    if (!is_fine) fields.fail(key, cat("", base::excerpt(pattern), ": expected a short pattern and a finite number"));
    patterns.push_back({pattern, number.get<double>()});
  }
  return patterns;
}

void read_targets(const ConfigFields& fields, AdapterConfig& config) {
  const json* targets = fields.find("target_modules");
  const bool is_narrowed = is_set(fields.find("layers_to_transform")) || is_set(fields.find("exclude_modules"));
  if (!targets) return;
  if (targets->is_string()) {
    config.is_all_linear = *targets == "all-linear" && !is_narrowed;
    return;
  }
  if (!targets->is_array())
    fields.fail("target_modules", cat("got ", targets->type_name(), ", expected a list or a string"));
  for (const json& item : *targets) {
    if (!item.is_string())
      fields.fail("target_modules", cat("got ", item.type_name(), " in the list, expected strings"));
    if (!is_narrowed) config.settings.target_modules.push_back(item);
  }
  std::sort(config.settings.target_modules.begin(), config.settings.target_modules.end());
  config.has_target_list = !is_narrowed;
}

// 16.0 is written as 16: PEFT declares the field an integer.
json integer_where_whole(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

json pattern_object(const std::vector<PatternValue>& patterns) {
  json object = json::object();
  for (const PatternValue& pattern : patterns) object[pattern.pattern] = integer_where_whole(pattern.value);
  return object;
}

// Letters that stand for themselves in a regular expression, and the dot, which stands for any.
constexpr std::string_view kPlainPattern = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

// As PEFT matches: the whole name, or its end after a dot.
bool ends_with_plain(std::string_view module, std::string_view pattern) {
  if (module.size() < pattern.size()) return false;
  const std::size_t start = module.size() - pattern.size();
  if (start > 0 && module[start - 1] != '.') return false;
  return std::equal(pattern.begin(), pattern.end(), module.begin() + static_cast<std::ptrdiff_t>(start),
                    [](char want, char got) { return want == '.' || want == got; });
}

bool ends_with_regex(std::string_view module, const std::string& pattern, const std::string& source) {
  try {
    // The polynomial matcher of libstdc++: a hostile pattern cannot make it run for years.
    const std::regex regex(cat("(.*\\.)?(", pattern, ")"), std::regex::ECMAScript | std::regex_constants::__polynomial);
    return std::regex_match(module.begin(), module.end(), regex);
  } catch (const std::regex_error&) {
    throw CheckpointError(
        cat(source, ": the pattern ", base::excerpt(pattern), " is no regular expression that can be read"));
  }
}

}  // namespace

AdapterConfig parse_adapter_config(const json& value, const std::string& source) {
  const ConfigFields fields(value, source);
  const auto type = fields.find_string("peft_type");
  if (!type || *type != "LORA") {
    fields.fail("peft_type", cat("got ", base::excerpt(type.value_or("")), ", only 'LORA' is supported"));
  }
  refuse_unsupported(fields);
  AdapterConfig config;
  LoraSettings& settings = config.settings;
  settings.rank = fields.find_integer("r", 1, kMaxLoraRank).value_or(kDefaultRank);
  settings.alpha = fields.find_number("lora_alpha").value_or(kDefaultAlpha);
  settings.dropout = fields.find_number("lora_dropout").value_or(0);
  if (settings.dropout < 0 || settings.dropout >= 1) {
    fields.fail("lora_dropout", cat("got ", settings.dropout, ", expected at least 0 and below 1"));
  }
  settings.use_rslora = fields.flag("use_rslora");
  settings.base_model = fields.find_string("base_model_name_or_path").value_or("");
  read_targets(fields, config);
  config.rank_patterns = read_patterns(fields, "rank_pattern");
  config.alpha_patterns = read_patterns(fields, "alpha_pattern");
  return config;
}

double resolve_pattern(const std::vector<PatternValue>& patterns, std::string_view module, double fallback,
                       const std::string& source) {
  std::size_t num_regexes = 0;
  for (const PatternValue& pattern : patterns) {
    const bool is_plain = pattern.pattern.find_first_not_of(kPlainPattern) == std::string::npos;
    if (!is_plain && ++num_regexes > kMaxRegexes) {
      throw CheckpointError(
          cat(source, ": has more than ", kMaxRegexes, " rank or alpha patterns that are no plain names"));
    }
    const bool matches =
        is_plain ? ends_with_plain(module, pattern.pattern) : ends_with_regex(module, pattern.pattern, source);
    if (matches) return pattern.value;
  }
  return fallback;
}

json to_adapter_config(const AdapterConfig& config) {
  const LoraSettings& settings = config.settings;
  return {
      {"alpha_pattern", pattern_object(config.alpha_patterns)},
      {"auto_mapping", nullptr},
      {"base_model_name_or_path", settings.base_model},
      {"bias", "none"},
      {"fan_in_fan_out", false},
      {"inference_mode", true},
      {"init_lora_weights", true},
      {"layers_pattern", nullptr},
      {"layers_to_transform", nullptr},
      {"loftq_config", json::object()},
      {"lora_alpha", integer_where_whole(settings.alpha)},
      {"lora_dropout", settings.dropout},
      {"megatron_config", nullptr},
      {"megatron_core", "megatron.core"},
      {"modules_to_save", nullptr},
      {"peft_type", "LORA"},
      {"r", settings.rank},
      {"rank_pattern", pattern_object(config.rank_patterns)},
      {"revision", nullptr},
      {"target_modules", settings.target_modules},
      {"task_type", "CAUSAL_LM"},
      {"use_dora", false},
      {"use_rslora", settings.use_rslora},
  };
}

}  // namespace quartet::checkpoint
