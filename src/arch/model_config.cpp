#include "quartet/arch/model_config.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "quartet/arch/config_fields.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::arch {
namespace {

using base::cat;

// Far above any real model, and low enough that no product of three extents overflows 63 bits.
constexpr std::int64_t kMaxWidth = 1 << 20;    // D, F
constexpr std::int64_t kMaxVocab = 1 << 24;    // V
constexpr std::int64_t kMaxHeads = 1 << 14;    // H, Hkv
constexpr std::int64_t kMaxHeadDim = 1 << 14;  // K
constexpr std::int64_t kMaxLayers = 1 << 14;
constexpr std::int64_t kMaxExperts = 1 << 14;
constexpr std::int64_t kMaxExpertsInModel = 1 << 18;  // L * E: bounds the table of tensors
constexpr std::int64_t kMaxPositions = std::int64_t{1} << 31;
constexpr std::int64_t kMaxWindow = std::int64_t{1} << 31;

// Class defaults of transformers for keys that a config may lack.
constexpr std::int64_t kDefaultKeyValueHeads = 8;
constexpr std::int64_t kDefaultPositions = 131072;
constexpr std::int64_t kDefaultWindow = 4096;

// What must hold between the fields, whatever file they came from.
void check_consistency(const ModelConfig& config, const ConfigFields& fields, std::string_view eps_key) {
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    fields.fail("num_key_value_heads", cat("got ", config.num_key_value_heads, ", expected a divisor of the ",
                                           config.num_attention_heads, " attention heads"));
  }
  if (config.head_dim % 2 != 0) {
    fields.fail("head_dim", cat("got ", config.head_dim, ", expected an even number (rotary positions need pairs)"));
  }
  if (!(config.rms_norm_eps > 0 && config.rms_norm_eps < 1)) {
    fields.fail(eps_key, cat("got ", config.rms_norm_eps, ", expected a number between 0 and 1, usually 1e-5"));
  }
  if (!(config.rope_theta >= 1)) {
    fields.fail("rope_theta", cat("got ", config.rope_theta, ", expected a number of at least 1, usually 1e4 or 1e6"));
  }
  if (config.num_experts_per_tok > config.num_local_experts) {
    fields.fail("num_experts_per_tok", cat("got ", config.num_experts_per_tok, ", expected at most the ",
                                           config.num_local_experts, " experts"));
  }
  if (config.num_local_experts * config.num_hidden_layers > kMaxExpertsInModel) {
    fields.fail("num_local_experts", cat(config.num_local_experts, " experts in ", config.num_hidden_layers,
                                         " layers are more than the ", kMaxExpertsInModel, " that are supported"));
  }
}

std::int64_t default_head_dim(const ModelConfig& config, const ConfigFields& fields) {
  if (config.hidden_size % config.num_attention_heads != 0) {
    fields.fail("head_dim", cat("is missing, and hidden_size ", config.hidden_size, " is no multiple of the ",
                                config.num_attention_heads, " attention heads"));
  }
  return config.hidden_size / config.num_attention_heads;
}

// transformers 4: rope_theta and rope_scaling; transformers 5: rope_parameters.
double read_rope_theta(const nlohmann::json& value, const ConfigFields& fields, const std::string& source) {
  std::optional<double> theta = fields.find_number("rope_theta");
  for (const std::string_view key : {"rope_scaling", "rope_parameters"}) {
    if (!fields.find(key)) continue;
    const ConfigFields rope(value.at(std::string(key)), cat(source, ": ", key));
    for (const std::string_view type_key : {"rope_type", "type"}) {
      const auto type = rope.find_string(type_key);
      if (type && *type != "default") {
        rope.fail(type_key, cat("got ", base::excerpt(*type),
                                ", expected 'default': scaled rotary positions are not supported (take a checkpoint "
                                "without rope scaling)"));
      }
    }
    if (const auto factor = rope.find_number("partial_rotary_factor"); factor && *factor != 1) {
      rope.fail("partial_rotary_factor", "only 1 is supported");
    }
    const auto inner = rope.find_number("rope_theta");
    if (inner && theta && *inner != *theta) {
      fields.fail("rope_theta", cat("got both ", *theta, " and ", *inner, " (in ", key, "): remove the wrong one"));
    }
    if (inner) theta = inner;
  }
  if (!theta) {
    fields.fail("rope_theta",
                "is missing, in rope_parameters too (Mistral 7B v0.1 has 10000, v0.2, v0.3 and Mixtral 1000000)");
  }
  return *theta;
}

std::optional<std::int64_t> read_window(const ConfigFields& fields, const ModelConfig& config) {
  if (const auto window = fields.find_integer("sliding_window", 1, kMaxWindow)) return window;
  if (fields.is_null("sliding_window") || config.model_type == "mixtral") return std::nullopt;
  return kDefaultWindow;  // the class default of MistralConfig where the key is missing
}

void read_token_ids(const nlohmann::json& value, const ConfigFields& fields, ModelConfig& config) {
  const std::int64_t last = config.vocab_size - 1;
  if (const auto bos = fields.find_integer("bos_token_id", 0, last)) config.bos_token_id = *bos;
  if (config.bos_token_id > last)
    fields.fail("bos_token_id", cat("is missing, and the default 1 is not in the vocabulary"));
  const nlohmann::json* eos = fields.find("eos_token_id");
  if (eos && eos->is_array()) {
    for (const nlohmann::json& id : *eos) {
      const nlohmann::json one = {{"eos_token_id", id}};
      const auto checked = ConfigFields(one, fields.source()).find_integer("eos_token_id", 0, last);
      if (!checked) fields.fail("eos_token_id", "got null in the list, expected integers");
      config.eos_token_ids.push_back(*checked);
    }
  } else if (eos) {
    config.eos_token_ids = {*fields.find_integer("eos_token_id", 0, last)};
  } else if (!value.contains("eos_token_id") && last >= 2) {
    config.eos_token_ids = {2};
  }
}

// transformers 5 says dtype, transformers 4 torch_dtype; what else stands there says nothing about the weights.
std::string read_dtype(const ConfigFields& fields) {
  for (const std::string_view key : {"dtype", "torch_dtype"}) {
    std::string name = fields.find_string(key).value_or("");
    if (name.starts_with("torch.")) name.erase(0, 6);
    if (name == "float32" || name == "bfloat16" || name == "float16") return name;
  }
  return "";
}

void refuse_unsupported(const ConfigFields& fields) {
  for (const std::string_view key : {"attention_bias", "mlp_bias"}) {
    if (fields.flag(key)) fields.fail(key, "biases are not supported; Mistral and Mixtral have none (another model?)");
  }
  if (const auto act = fields.find_string("hidden_act"); act && *act != "silu") {
    fields.fail("hidden_act", cat("got ", base::excerpt(*act), ", expected 'silu' (another model?)"));
  }
  if (fields.find("quantization_config")) {
    fields.fail("quantization_config", "quantised checkpoints are not supported yet: take the float checkpoint");
  }
}

std::string read_model_type(const ConfigFields& fields) {
  const auto type = fields.find_string("model_type");
  if (!type) fields.fail("model_type", "is missing, expected 'mistral' or 'mixtral'");
  if (*type != "mistral" && *type != "mixtral") {
    fields.fail("model_type", cat("got ", base::excerpt(*type), ", expected 'mistral' or 'mixtral'"));
  }
  return *type;
}

}  // namespace

ModelConfig parse_hf_config(const nlohmann::json& value, const std::string& source) {
  const ConfigFields fields(value, source);
  ModelConfig config;
  config.model_type = read_model_type(fields);
  refuse_unsupported(fields);
  config.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
  config.hidden_size = fields.integer("hidden_size", 1, kMaxWidth);
  config.intermediate_size = fields.integer("intermediate_size", 1, kMaxWidth);
  config.num_hidden_layers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  config.num_attention_heads = fields.integer("num_attention_heads", 1, kMaxHeads);
  config.num_key_value_heads = fields.find_integer("num_key_value_heads", 1, kMaxHeads).value_or(kDefaultKeyValueHeads);
  const auto head_dim = fields.find_integer("head_dim", 1, kMaxHeadDim);
  config.head_dim = head_dim ? *head_dim : default_head_dim(config, fields);
  config.max_position_embeddings =
      fields.find_integer("max_position_embeddings", 1, kMaxPositions).value_or(kDefaultPositions);
  const auto eps = fields.find_number("rms_norm_eps");
  if (!eps) fields.fail("rms_norm_eps", "is missing (Mistral and Mixtral have 1e-5)");
  config.rms_norm_eps = *eps;
  config.rope_theta = read_rope_theta(value, fields, source);
  config.sliding_window = read_window(fields, config);
  config.tie_word_embeddings = fields.flag("tie_word_embeddings");
  if (config.model_type == "mixtral") {
    config.num_local_experts = fields.integer("num_local_experts", 1, kMaxExperts);
    config.num_experts_per_tok = fields.integer("num_experts_per_tok", 1, kMaxExperts);
  }
  read_token_ids(value, fields, config);
  config.dtype = read_dtype(fields);
  check_consistency(config, fields, "rms_norm_eps");
  return config;
}

ModelConfig parse_mistral_params(const nlohmann::json& value, const std::string& source) {
  const ConfigFields fields(value, source);
  for (const std::string_view key : {"vision_encoder", "quantization", "rope_scaling", "yarn", "lora"}) {
    if (fields.find(key)) fields.fail(key, "is not supported: expected the parameters of a plain Mistral or Mixtral");
  }
  ModelConfig config;
  config.vocab_size = fields.integer("vocab_size", 1, kMaxVocab);
  config.hidden_size = fields.integer("dim", 1, kMaxWidth);
  config.intermediate_size = fields.integer("hidden_dim", 1, kMaxWidth);
  config.num_hidden_layers = fields.integer("n_layers", 1, kMaxLayers);
  config.num_attention_heads = fields.integer("n_heads", 1, kMaxHeads);
  config.num_key_value_heads = fields.integer("n_kv_heads", 1, kMaxHeads);
  const auto head_dim = fields.find_integer("head_dim", 1, kMaxHeadDim);
  config.head_dim = head_dim ? *head_dim : default_head_dim(config, fields);
  const auto eps = fields.find_number("norm_eps");
  if (!eps) fields.fail("norm_eps", "is missing (Mistral and Mixtral have 1e-5)");
  config.rms_norm_eps = *eps;
  config.sliding_window = fields.find_integer("sliding_window", 1, kMaxWindow);
  if (!config.sliding_window) config.sliding_window = fields.find_integer("_sliding_window", 1, kMaxWindow);
  // Mistral 7B v0.1 has a window, no rope_theta, and was trained with 1e4; the later models that lack the key with 1e6.
  config.rope_theta = fields.find_number("rope_theta").value_or(config.sliding_window ? 1e4 : 1e6);
  config.max_position_embeddings = fields.find_integer("max_position_embeddings", 1, kMaxPositions).value_or(32768);
  config.tie_word_embeddings = fields.flag("tied_embeddings");
  config.model_type = "mistral";
  if (fields.find("moe")) {
    const ConfigFields moe(value.at("moe"), cat(source, ": moe"));
    config.model_type = "mixtral";
    config.num_local_experts = moe.integer("num_experts", 1, kMaxExperts);
    config.num_experts_per_tok = moe.integer("num_experts_per_tok", 1, kMaxExperts);
  }
  // The file has no token ids: those of every Mistral tokenizer.
  if (config.vocab_size < 3) fields.fail("vocab_size", cat("got ", config.vocab_size, ", expected at least 3"));
  config.eos_token_ids = {2};
  check_consistency(config, fields, "norm_eps");
  return config;
}

nlohmann::ordered_json to_hf_config(const ModelConfig& config, const std::string& dtype) {
  nlohmann::ordered_json out;
  out["architectures"] = {config.is_moe() ? "MixtralForCausalLM" : "MistralForCausalLM"};
  out["attention_dropout"] = 0.0;
  out["bos_token_id"] = config.bos_token_id;
  if (config.eos_token_ids.empty()) {
    out["eos_token_id"] = nullptr;
  } else if (config.eos_token_ids.size() == 1) {
    out["eos_token_id"] = config.eos_token_ids.front();
  } else {
    out["eos_token_id"] = config.eos_token_ids;
  }
  out["head_dim"] = config.head_dim;
  out["hidden_act"] = "silu";
  out["hidden_size"] = config.hidden_size;
  out["initializer_range"] = 0.02;
  out["intermediate_size"] = config.intermediate_size;
  out["max_position_embeddings"] = config.max_position_embeddings;
  out["model_type"] = config.is_moe() ? "mixtral" : "mistral";
  out["num_attention_heads"] = config.num_attention_heads;
  if (config.is_moe()) out["num_experts_per_tok"] = config.num_experts_per_tok;
  out["num_hidden_layers"] = config.num_hidden_layers;
  out["num_key_value_heads"] = config.num_key_value_heads;
  if (config.is_moe()) {
    out["num_local_experts"] = config.num_local_experts;
    out["output_router_logits"] = false;
  }
  out["pad_token_id"] = nullptr;
  out["rms_norm_eps"] = config.rms_norm_eps;
  // The spelling of transformers 4: 5, vLLM and llama.cpp read it too, while 4 would silently take a default theta if
  // it stood in rope_parameters alone.
  out["rope_scaling"] = nullptr;
  out["rope_theta"] = config.rope_theta;
  if (config.is_moe()) {
    out["router_aux_loss_coef"] = 0.001;
    out["router_jitter_noise"] = 0.0;
  }
  if (config.sliding_window) {
    out["sliding_window"] = *config.sliding_window;
  } else {
    out["sliding_window"] = nullptr;
  }
  out["tie_word_embeddings"] = config.tie_word_embeddings;
  out["torch_dtype"] = dtype;
  out["use_cache"] = true;
  out["vocab_size"] = config.vocab_size;
  return out;
}

}  // namespace quartet::arch
