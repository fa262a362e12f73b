// Gates from prompts against mergekit-moe 0.1.5 and against its formula in float32 (tests/golden/moe).
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/routing/calibration.h"
#include "quartet/routing/router_seeder.h"
#include "support/test_files.h"

namespace quartet::routing {
namespace {

class PromptGolden : public ::testing::TestWithParam<std::string> {
 protected:
  PromptGolden()
      : directory_(testing::golden("moe") / GetParam()),
        config_(merge::read_moe_config(directory_ / "config.yaml")),
        tokenizer_(tokenizer::Tokenizer::load(config_.base_model.model)) {}

  std::filesystem::path directory_;
  merge::MoeConfig config_;
  tokenizer::Tokenizer tokenizer_;
};

TEST_P(PromptGolden, PromptsBecomeMergekitsIds) {
  const auto experts = nlohmann::json::parse(testing::read_bytes(directory_ / "prompts.json"));
  ASSERT_EQ(experts.size(), config_.experts.size());
  for (std::size_t e = 0; e < experts.size(); ++e) {
    const auto& ids = experts[e].at("positive_ids");
    ASSERT_EQ(ids.size(), config_.experts[e].positive_prompts.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(prompt_ids(tokenizer_, config_.experts[e].positive_prompts[i], 1000),
                ids[i].get<tokenizer::TokenIds>());
    }
  }
}

TEST_P(PromptGolden, RowsAreMergekits) {
  const auto golden = checkpoint::SafetensorsFile::open(directory_ / "golden.safetensors");
  const auto reader = checkpoint::CheckpointReader::open(config_.base_model.model);
  const auto model = model::Transformer::load(*reader, {});
  const at::Tensor rows = at::stack(prompt_routers(*model, tokenizer_, config_));  // [L, E, D]
  const at::Tensor exact = golden->tensor("gates.float32");                        // [L, E, D]
  const at::Tensor theirs = golden->tensor("gates.mergekit").to(at::kFloat);       // [L, E, D], computed in bfloat16
  ASSERT_TRUE(rows.sizes().equals(exact.sizes()));
  EXPECT_LE((rows - exact).abs().max().item<double>(), 2e-5);
  // The one prompt a side of hidden_avg makes no pads: mergekit's faulty mean over them does not show.
  EXPECT_GE(at::cosine_similarity(rows, theirs, -1).min().item<double>(), 0.9995);
}

INSTANTIATE_TEST_SUITE_P(Cases, PromptGolden,
                         ::testing::Values("hidden", "hidden_negative", "hidden_one_prompt", "hidden_bfloat16",
                                           "hidden_avg", "cheap_embed"),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace quartet::routing
