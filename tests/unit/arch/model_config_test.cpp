#include "quartet/arch/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::arch {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Mistral 7B v0.1 as transformers 4 wrote it.
json mistral_v01() {
  return json::parse(R"({
    "architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
    "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 32768,
    "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
    "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096, "tie_word_embeddings": false,
    "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0", "use_cache": true, "vocab_size": 32000})");
}

json mixtral() {
  json config = mistral_v01();
  config.update(
      json::parse(R"({"architectures": ["MixtralForCausalLM"], "model_type": "mixtral", "num_local_experts": 8,
    "num_experts_per_tok": 2, "rope_theta": 1000000.0, "sliding_window": null, "output_router_logits": false,
    "router_aux_loss_coef": 0.02})"));
  return config;
}

json params_v01() {
  return json::parse(
      R"({"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32, "n_kv_heads": 8,
    "norm_eps": 1e-05, "sliding_window": 4096, "vocab_size": 32000})");
}

json with(json config, const std::string& key, const json& value) {
  config[key] = value;
  return config;
}

json without(json config, const std::string& key) {
  config.erase(key);
  return config;
}

ModelConfig parse(const json& config) {
  return parse_hf_config(config, "config.json");
}

std::string failure(const json& config) {
  try {
    parse(config);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "";
}

TEST(ModelConfig, ReadsMistral) {
  const ModelConfig config = parse(mistral_v01());
  EXPECT_EQ(config.model_type, "mistral");
  EXPECT_EQ(config.vocab_size, 32000);
  EXPECT_EQ(config.hidden_size, 4096);
  EXPECT_EQ(config.intermediate_size, 14336);
  EXPECT_EQ(config.num_hidden_layers, 32);
  EXPECT_EQ(config.num_attention_heads, 32);
  EXPECT_EQ(config.num_key_value_heads, 8);
  EXPECT_EQ(config.head_dim, 128);
  EXPECT_EQ(config.max_position_embeddings, 32768);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);
  EXPECT_EQ(config.rope_theta, 1e4);
  EXPECT_EQ(config.sliding_window, 4096);
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_FALSE(config.is_moe());
  EXPECT_EQ(config.bos_token_id, 1);
  EXPECT_EQ(config.eos_token_ids, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(config.dtype, "bfloat16");
}

TEST(ModelConfig, ReadsMixtral) {
  const ModelConfig config = parse(mixtral());
  EXPECT_TRUE(config.is_moe());
  EXPECT_EQ(config.num_local_experts, 8);
  EXPECT_EQ(config.num_experts_per_tok, 2);
  EXPECT_FALSE(config.sliding_window.has_value());
  EXPECT_EQ(config.rope_theta, 1e6);
}

TEST(ModelConfig, SpellingOfTransformers5) {
  json config = without(without(mistral_v01(), "rope_theta"), "torch_dtype");
  config["rope_parameters"] = {{"rope_theta", 1e6}, {"rope_type", "default"}};
  config["dtype"] = "torch.float16";
  EXPECT_EQ(parse(config).rope_theta, 1e6);
  EXPECT_EQ(parse(config).dtype, "float16");
  EXPECT_THAT(failure(with(config, "rope_theta", 10000.0)), AllOf(HasSubstr("rope_theta"), HasSubstr("both")));
  EXPECT_EQ(parse(with(config, "rope_theta", 1000000)).rope_theta, 1e6);
}

TEST(ModelConfig, AbsentKeysTakeTheClassDefaultsOfTransformers) {
  EXPECT_EQ(parse(without(mistral_v01(), "sliding_window")).sliding_window, 4096);
  EXPECT_FALSE(parse(with(mistral_v01(), "sliding_window", nullptr)).sliding_window.has_value());
  EXPECT_FALSE(parse(without(mixtral(), "sliding_window")).sliding_window.has_value());
  EXPECT_EQ(parse(without(mistral_v01(), "num_key_value_heads")).num_key_value_heads, 8);
  EXPECT_EQ(parse(without(mistral_v01(), "max_position_embeddings")).max_position_embeddings, 131072);
  EXPECT_EQ(parse(with(mistral_v01(), "head_dim", nullptr)).head_dim, 128);
  EXPECT_EQ(parse(with(mistral_v01(), "head_dim", 64)).head_dim, 64);
  EXPECT_EQ(parse(without(mistral_v01(), "eos_token_id")).eos_token_ids, (std::vector<std::int64_t>{2}));
  EXPECT_TRUE(parse(with(mistral_v01(), "eos_token_id", nullptr)).eos_token_ids.empty());
  EXPECT_EQ(parse(with(mistral_v01(), "eos_token_id", {2, 7})).eos_token_ids, (std::vector<std::int64_t>{2, 7}));
  EXPECT_EQ(parse(with(mistral_v01(), "rope_scaling", nullptr)).rope_theta, 1e4);
  EXPECT_EQ(parse(with(mistral_v01(), "rope_scaling", {{"type", "default"}})).rope_theta, 1e4);
  EXPECT_EQ(parse(with(mistral_v01(), "torch_dtype", "auto")).dtype, "");
}

TEST(ModelConfig, KeysWhoseDefaultWouldBeASilentMistakeAreRequired) {
  for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                          "rms_norm_eps", "rope_theta", "model_type"}) {
    EXPECT_THAT(failure(without(mistral_v01(), key)),
                AllOf(HasSubstr("config.json"), HasSubstr(key), HasSubstr("missing")));
  }
  EXPECT_THAT(failure(without(mixtral(), "num_local_experts")), HasSubstr("num_local_experts"));
  EXPECT_THAT(failure(without(mixtral(), "num_experts_per_tok")), HasSubstr("num_experts_per_tok"));
}

TEST(ModelConfig, RefusesHostileAndUnsupportedValues) {
  const std::int64_t huge = std::int64_t{1} << 40;
  const std::vector<std::pair<const char*, json>> cases{
      {"model_type", "llama"},
      {"model_type", 3},
      {"hidden_act", "gelu"},
      {"attention_bias", true},
      {"mlp_bias", true},
      {"attention_bias", "no"},
      {"quantization_config", {{"quant_method", "bitsandbytes"}}},
      {"vocab_size", 0},
      {"vocab_size", -5},
      {"vocab_size", 32000.0},
      {"vocab_size", "32000"},
      {"vocab_size", huge},
      {"hidden_size", huge},
      {"hidden_size", 18446744073709551615ULL},
      {"hidden_size", 1e300},
      {"intermediate_size", huge},
      {"num_hidden_layers", huge},
      {"num_hidden_layers", 0},
      {"num_attention_heads", 0},
      {"num_attention_heads", 48},  // 4096 is no multiple of it
      {"num_key_value_heads", 0},
      {"num_key_value_heads", 5},
      {"num_key_value_heads", 64},
      {"head_dim", 127},
      {"head_dim", huge},
      {"max_position_embeddings", 0},
      {"rms_norm_eps", 0},
      {"rms_norm_eps", -1e-5},
      {"rms_norm_eps", "1e-5"},
      {"rope_theta", 0},
      {"rope_theta", -1},
      {"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}},
      {"rope_parameters", {{"rope_type", "yarn"}, {"rope_theta", 1e4}}},
      {"rope_parameters", {{"partial_rotary_factor", 0.5}}},
      {"rope_parameters", 5},
      {"sliding_window", 0},
      {"sliding_window", -1},
      {"tie_word_embeddings", 1},
      {"bos_token_id", 32000},
      {"eos_token_id", -1},
      {"eos_token_id", {2, 40000}},
      {"eos_token_id", {2, nullptr}},
      {"eos_token_id", "2"},
  };
  for (const auto& [key, value] : cases) {
    const std::string message = failure(with(mistral_v01(), key, value));
    EXPECT_THAT(message, HasSubstr("config.json")) << key << " " << value;
    EXPECT_LT(message.size(), 400U);
  }
  EXPECT_NE(failure(with(mixtral(), "num_experts_per_tok", 9)), "");
  EXPECT_NE(failure(with(mixtral(), "num_experts_per_tok", 0)), "");
  EXPECT_NE(failure(with(mixtral(), "num_local_experts", huge)), "");
  EXPECT_NE(failure(with(with(mixtral(), "num_local_experts", 16384), "num_hidden_layers", 16384)), "");
  EXPECT_NE(failure(json::array()), "");
}

TEST(ModelConfig, ReadsMistralsOwnParameters) {
  const ModelConfig config = parse_mistral_params(params_v01(), "params.json");
  EXPECT_EQ(config.model_type, "mistral");
  EXPECT_EQ(config.hidden_size, 4096);
  EXPECT_EQ(config.intermediate_size, 14336);
  EXPECT_EQ(config.head_dim, 128);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);
  EXPECT_EQ(config.eos_token_ids, (std::vector<std::int64_t>{2}));
  const json moe = with(params_v01(), "moe", {{"num_experts", 8}, {"num_experts_per_tok", 2}});
  EXPECT_EQ(parse_mistral_params(moe, "params.json").model_type, "mixtral");
  EXPECT_EQ(parse_mistral_params(moe, "params.json").num_local_experts, 8);
}

TEST(ModelConfig, MissingThetaOfParamsDependsOnTheWindow) {
  EXPECT_EQ(parse_mistral_params(params_v01(), "p").rope_theta, 1e4);
  EXPECT_EQ(parse_mistral_params(without(params_v01(), "sliding_window"), "p").rope_theta, 1e6);
  EXPECT_EQ(parse_mistral_params(with(params_v01(), "rope_theta", 5e5), "p").rope_theta, 5e5);
  const json underscore = with(without(params_v01(), "sliding_window"), "_sliding_window", 128);
  EXPECT_EQ(parse_mistral_params(underscore, "p").sliding_window, 128);
}

TEST(ModelConfig, RefusesBadParameters) {
  const auto fails = [](const json& params) {
    EXPECT_THROW(parse_mistral_params(params, "params.json"), CheckpointError);
  };
  for (const char* key : {"dim", "n_layers", "hidden_dim", "n_heads", "n_kv_heads", "norm_eps", "vocab_size"}) {
    fails(without(params_v01(), key));
  }
  fails(with(params_v01(), "moe", 3));
  fails(with(params_v01(), "moe", {{"num_experts", 8}}));
  fails(with(params_v01(), "vision_encoder", {{"hidden_size", 1}}));
  fails(with(params_v01(), "vocab_size", 2));
}

TEST(ModelConfig, WhatWeWriteReadsBackUnchanged) {
  json several = with(mistral_v01(), "eos_token_id", {2, 3});
  several["head_dim"] = 96;
  several["tie_word_embeddings"] = true;
  for (const json& source : {mistral_v01(), mixtral(), several, with(mistral_v01(), "eos_token_id", nullptr)}) {
    const ModelConfig config = parse(source);
    const auto written = to_hf_config(config, "bfloat16");
    const ModelConfig again = parse(json::parse(written.dump()));
    EXPECT_EQ(to_hf_config(again, "bfloat16"), written);
    EXPECT_EQ(again.head_dim, config.head_dim);
    EXPECT_EQ(again.sliding_window, config.sliding_window);
    EXPECT_EQ(again.eos_token_ids, config.eos_token_ids);
    EXPECT_EQ(again.rope_theta, config.rope_theta);
    EXPECT_EQ(again.num_local_experts, config.num_local_experts);
    EXPECT_EQ(again.dtype, "bfloat16");
  }
}

TEST(ModelConfig, WrittenKeysAreSortedAndSaidInFull) {
  const auto written = to_hf_config(parse(mixtral()), "float32");
  std::string last;
  for (const auto& [key, value] : written.items()) {
    EXPECT_LT(last, key);
    last = key;
  }
  EXPECT_TRUE(written.at("sliding_window").is_null());
  EXPECT_EQ(written.at("architectures"), nlohmann::ordered_json::array({"MixtralForCausalLM"}));
}

TEST(ModelConfig, ReadsTheGoldenConfigsOfBothTransformersVersions) {
  const auto read = [](const std::string& name) {
    return parse(json::parse(testing::read_bytes(testing::golden("models/" + name + "/config.json"))));
  };
  EXPECT_EQ(read("mistral_head_dim").head_dim, 12);
  EXPECT_EQ(read("mistral_theta1e6").rope_theta, 1e6);
  EXPECT_EQ(read("mistral_v4_config").sliding_window, 8);
  EXPECT_EQ(read("mistral_v4_config").head_dim, 8);
  EXPECT_TRUE(read("mistral_tied").tie_word_embeddings);
  EXPECT_EQ(read("mixtral_e3k1").num_experts_per_tok, 1);
}

}  // namespace
}  // namespace quartet::arch
