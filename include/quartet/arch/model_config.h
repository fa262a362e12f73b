#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quartet::arch {

/// The shape of a Mistral or Mixtral model; fields are spelled as in Hugging Face's config.json. Every field that
/// defines the model is read from the file; where transformers has a class default for an absent key, that default is
/// taken only if model-defining mistakes are impossible, else the key is required.
struct ModelConfig {
  std::string model_type;  ///< "mistral" or "mixtral"
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;          ///< D
  std::int64_t intermediate_size = 0;    ///< F
  std::int64_t num_hidden_layers = 0;    ///< L
  std::int64_t num_attention_heads = 0;  ///< H
  std::int64_t num_key_value_heads = 0;  ///< Hkv
  std::int64_t head_dim = 0;             ///< K; H * K may differ from D
  std::int64_t max_position_embeddings = 0;
  double rms_norm_eps = 0;
  double rope_theta = 0;
  std::optional<std::int64_t> sliding_window;  ///< a query sees this many keys, itself included; absent = all
  bool tie_word_embeddings = false;
  std::int64_t num_local_experts = 0;    ///< E; 0 = dense
  std::int64_t num_experts_per_tok = 0;  ///< A
  std::int64_t bos_token_id = 1;
  std::vector<std::int64_t> eos_token_ids;
  std::string dtype;  ///< "bfloat16", "float16", "float32" as stored, or empty

  bool is_moe() const { return num_local_experts > 0; }
};

/// Reads a Hugging Face config.json (spelling of transformers 4 or 5). Throws: CheckpointError naming `source` and key.
ModelConfig parse_hf_config(const nlohmann::json& value, const std::string& source);
/// Reads Mistral's own params.json. Throws: CheckpointError.
ModelConfig parse_mistral_params(const nlohmann::json& value, const std::string& source);
/// The config.json of a model that we write: keys that transformers 4 and 5, vLLM and llama.cpp read. `dtype` as
/// stored.
nlohmann::ordered_json to_hf_config(const ModelConfig& config, const std::string& dtype);

}  // namespace quartet::arch
