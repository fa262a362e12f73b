#include "quartet/train/lora_init.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"

namespace quartet::train {
namespace {

using ::testing::ElementsAre;

arch::ModelConfig tiny() {
  arch::ModelConfig config;
  config.model_type = "mistral";
  config.vocab_size = 11;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 1;
  config.head_dim = 4;
  return config;
}

TEST(InitAdapter, CoversEveryLinearLayerButTheHead) {
  const checkpoint::AdapterFile adapter = init_adapter(tiny(), {}, "base", 0);
  EXPECT_EQ(adapter.pairs.size(), 14U);
  EXPECT_FALSE(adapter.pairs.contains("lm_head.weight"));
  EXPECT_THAT(adapter.settings.target_modules,
              ElementsAre("down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"));
  const checkpoint::LoraPair& pair = adapter.pairs.at("model.layers.1.self_attn.k_proj.weight");
  EXPECT_EQ(pair.a.sizes(), (std::vector<std::int64_t>{16, 8}));
  EXPECT_EQ(pair.b.sizes(), (std::vector<std::int64_t>{4, 16}));
  EXPECT_EQ(pair.scaling, 2);  // alpha = 2 * rank
  EXPECT_EQ(pair.b.abs().sum().item<float>(), 0);
  EXPECT_LE(pair.a.abs().max().item<double>(), 1 / std::sqrt(8.0));
  EXPECT_GT(pair.a.abs().max().item<double>(), 0.9 / std::sqrt(8.0));
}

TEST(InitAdapter, ScalesByTheRootOfTheRankWithRsLora) {
  LoraOptions options;
  options.rank = 4;
  options.alpha = 6;
  options.use_rslora = true;
  options.target_modules = {"q_proj", "lm_head"};
  const checkpoint::AdapterFile adapter = init_adapter(tiny(), options, "base", 0);
  EXPECT_EQ(adapter.pairs.size(), 3U);
  EXPECT_EQ(adapter.pairs.at("lm_head.weight").scaling, 3);
}

TEST(InitAdapter, DependsOnTheSeedOnly) {
  const auto draw = [](std::uint64_t seed) {
    return init_adapter(tiny(), {}, "base", seed).pairs.at("model.layers.0.mlp.up_proj.weight").a;
  };
  EXPECT_TRUE(at::equal(draw(3), draw(3)));
  EXPECT_FALSE(at::equal(draw(3), draw(4)));
}

TEST(InitAdapter, RefusesATargetThatTheModelDoesNotHave) {
  LoraOptions options;
  options.target_modules = {"q_proj", "gate_prj"};
  try {
    init_adapter(tiny(), options, "base", 0);
    FAIL() << "accepted an unknown target";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("gate_proj"));
  }
}

}  // namespace
}  // namespace quartet::train
