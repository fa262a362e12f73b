#include "quartet/merge/blend_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/merge/merge_methods.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

using base::cat;
using base::ConfigReader;
using nlohmann::json;
namespace fs = std::filesystem;

/// Reads one config file; problems gather in the document of `root`.
class BlendConfigParser {
 public:
  BlendConfigParser(ConfigReader root, const fs::path& path, const BlendConfigOptions& options)
      : root_(std::move(root)), directory_(path.parent_path()), options_(options) {
    config_.source = path.string();
  }

  BlendConfig parse();

 private:
  Parameters parse_parameters(ConfigReader& owner, bool of_model);
  void check_parameter(ConfigReader& reader, const std::string& name, bool of_model);
  SliceSource parse_source(ConfigReader& reader, bool with_range);
  Slice parse_slice(ConfigReader& reader);
  void parse_models(ConfigReader& owner);
  void parse_slices(ConfigReader& owner);
  void parse_modules();
  void parse_inputs();
  void check_slice(Slice& slice, const std::string& where);
  std::optional<std::string> parse_dtype(const std::string& key);

  ConfigReader root_;
  fs::path directory_;
  BlendConfigOptions options_;
  BlendConfig config_;
  const MethodSpec* method_ = nullptr;
};

bool truthy(const json& value) {
  return !value.is_null() && !value.empty();
}

void BlendConfigParser::check_parameter(ConfigReader& reader, const std::string& name, bool of_model) {
  if (!is_known_parameter(name)) {
    const std::string message =
        cat("is no parameter of any merge method", base::did_you_mean(name, known_parameters()));
    if (!options_.allow_unknown) {
      reader.problem(name, message);
    } else {
      base::log_warning(cat(reader.path(name), " ", message, "; ignored"));
    }
  } else if (method_ != nullptr) {
    const ParameterSpec* spec = method_->find_parameter(name);
    if (spec == nullptr) {
      base::log_warning(cat(reader.path(name), ": ", method_->name, " does not read it; ignored"));
    } else if (of_model && !spec->per_model) {
      base::log_warning(cat(reader.path(name),
                            ": it holds for all models together and is ignored here; write it under the ",
                            "config's or the slice's parameters"));
    }
  }
}

Parameters BlendConfigParser::parse_parameters(ConfigReader& owner, bool of_model) {
  Parameters parameters;
  if (!owner.has("parameters")) {
    owner.ignore("parameters");  // known, for the hints
    return parameters;
  }
  ConfigReader reader = owner.object("parameters");
  for (const std::string& name : reader.keys()) {
    parameters.emplace(name, ParameterSetting::parse(reader.raw(name), reader, name));
    check_parameter(reader, name, of_model);
  }
  return parameters;
}

SliceSource BlendConfigParser::parse_source(ConfigReader& reader, bool with_range) {
  SliceSource source;
  source.model = parse_model_reference(reader.raw("model"), directory_, reader, "model");
  source.parameters = parse_parameters(reader, true);
  if (!with_range) return source;
  const json& range = reader.raw("layer_range");
  if (range.is_array() && range.size() == 2 && range[0].is_number_integer() && range[1].is_number_integer() &&
      range[0].get<std::int64_t>() >= 0 && range[0].get<std::int64_t>() < range[1].get<std::int64_t>()) {
    source.layer_range = {range[0].get<std::int64_t>(), range[1].get<std::int64_t>()};
  } else {
    reader.problem("layer_range", cat("got ", base::show_json(range), ", expected [first, last) with first < last"));
  }
  return source;
}

Slice BlendConfigParser::parse_slice(ConfigReader& reader) {
  Slice slice;
  for (ConfigReader& source : reader.objects("sources")) slice.sources.push_back(parse_source(source, true));
  if (slice.sources.empty()) reader.problem("sources", "is missing or empty; expected a list of {model, layer_range}");
  slice.parameters = parse_parameters(reader, false);
  if (!reader.raw("base_model").is_null()) {
    slice.base_model = parse_model_reference(reader.raw("base_model"), directory_, reader, "base_model");
  }
  reader.ignore("residual_weight");  // mergekit parses it and never uses it
  check_slice(slice, reader.path(""));
  return slice;
}

void BlendConfigParser::parse_models(ConfigReader& owner) {
  Slice slice;
  for (ConfigReader& model : owner.objects("models")) slice.sources.push_back(parse_source(model, false));
  if (config_.base_model) {
    const bool listed = std::any_of(slice.sources.begin(), slice.sources.end(), [&](const SliceSource& source) {
      return source.model.same_as(*config_.base_model);
    });
    if (!listed) slice.sources.push_back({*config_.base_model, std::nullopt, {}});
  }
  check_slice(slice, owner.path("models"));
  config_.slices.push_back(std::move(slice));
}

void BlendConfigParser::parse_slices(ConfigReader& owner) {
  for (ConfigReader& slice : owner.objects("slices")) config_.slices.push_back(parse_slice(slice));
}

void BlendConfigParser::parse_modules() {
  ConfigReader modules = root_.object("modules");
  for (const std::string& name : modules.keys()) {
    if (name != "default") {
      modules.problem(name, "is no module of a Mistral or Mixtral model; expected 'default'");
      modules.ignore(name);
      continue;
    }
    ConfigReader module = modules.object(name);
    const bool has_models = truthy(module.raw("models"));
    if (has_models == truthy(module.raw("slices"))) {
      module.problem("", "exactly one of 'models' and 'slices' must be present");
      continue;
    }
    config_.module_parameters = parse_parameters(module, false);
    has_models ? parse_models(module) : parse_slices(module);
  }
}

void BlendConfigParser::parse_inputs() {
  int given = 0;
  for (const char* key : {"models", "slices", "modules"}) given += truthy(root_.raw(key)) ? 1 : 0;
  if (given != 1) {
    root_.problem("", "exactly one of 'models', 'slices' or 'modules' must be present");
    return;
  }
  if (truthy(root_.raw("models"))) parse_models(root_);
  if (truthy(root_.raw("slices"))) parse_slices(root_);
  if (truthy(root_.raw("modules"))) parse_modules();
}

/// Duplicates, the base's place, and required parameters that no level gives.
void BlendConfigParser::check_slice(Slice& slice, const std::string& where) {
  const auto& base = slice.base_model ? slice.base_model : config_.base_model;
  bool has_base = false;
  for (std::size_t i = 0; i < slice.sources.size(); ++i) {
    const SliceSource& source = slice.sources[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (source.model.same_as(slice.sources[j].model)) {
        root_.problem("", cat(where, " lists '", source.model.text, "' twice; add up the weights or give a copy"));
      }
    }
    const bool is_base = base && source.model.same_as(*base);
    has_base = has_base || is_base;
    if (method_ == nullptr || (is_base && method_->needs_base)) continue;
    for (const ParameterSpec& spec : method_->parameters) {
      const bool given = source.parameters.count(spec.name) + slice.parameters.count(spec.name) +
                             config_.module_parameters.count(spec.name) + config_.parameters.count(spec.name) >
                         0;
      if (spec.per_model && !spec.fallback && !given) {
        root_.problem("", cat(where, ": missing required parameter ", spec.name, " for ", source.model.text));
      }
    }
  }
  if (method_ != nullptr && method_->needs_base && !has_base) {
    root_.problem(
        "", cat(where, ": ", method_->name, " needs ", base ? "the base model among the sources" : "a base_model"));
  }
}

std::optional<std::string> BlendConfigParser::parse_dtype(const std::string& key) {
  const auto name = root_.find<std::string>(key);
  if (!name) return std::nullopt;
  try {
    return tensor::dtype_name(tensor::parse_float_dtype(*name, root_.path(key)));
  } catch (const ConfigError& error) {
    root_.problem(key, error.what());
    return std::nullopt;
  }
}

BlendConfig BlendConfigParser::parse() {
  config_.method = root_.require<std::string>("merge_method");
  if (!config_.method.empty()) {
    try {
      method_ = &require_method(config_.method, root_.path("merge_method"));
    } catch (const ConfigError& error) {
      root_.problem("", error.what());
    }
  }
  config_.dtype = parse_dtype("dtype");
  config_.out_dtype = parse_dtype("out_dtype");
  if (!root_.raw("base_model").is_null()) {
    config_.base_model = parse_model_reference(root_.raw("base_model"), directory_, root_, "base_model");
  }
  for (const char* key : {"tokenizer", "tokenizer_source", "chat_template"}) {
    if (!root_.raw(key).is_null()) {
      root_.problem(key, "is not built yet: the base's tokenizer files are carried along as they are; remove the key");
    }
  }
  config_.parameters = parse_parameters(root_, false);
  parse_inputs();
  root_.finish();
  return std::move(config_);
}

}  // namespace

BlendConfig read_blend_config(const fs::path& path, const BlendConfigOptions& options) {
  ConfigReader root(base::read_yaml_file(path), path.string());
  BlendConfig config = BlendConfigParser(std::move(root), path, options).parse();
  config.text = base::read_text_file(path);
  return config;
}

std::optional<double> find_parameter(const BlendConfig& config, const Slice& slice, const SliceSource* source,
                                     const std::string& parameter, std::string_view name, double t) {
  const Parameters* const levels[] = {source ? &source->parameters : nullptr, &slice.parameters,
                                      &config.module_parameters, &config.parameters};
  for (const Parameters* level : levels) {
    if (level == nullptr) continue;
    const auto found = level->find(parameter);
    if (found == level->end()) continue;
    if (const auto value = found->second.evaluate(name, t)) return value;
  }
  return std::nullopt;
}

}  // namespace quartet::merge
