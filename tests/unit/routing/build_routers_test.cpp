// From config and calibration files to router rows, on the golden mixture's base model.
#include "quartet/routing/build_routers.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/routing/calibration.h"
#include "quartet/routing/prompt_features.h"
#include "support/test_files.h"

namespace quartet::routing {
namespace {

class BuildRouters : public ::testing::Test {
 protected:
  BuildRouters()
      : base_(testing::golden("moe/models/base")),
        reader_(checkpoint::CheckpointReader::open(base_)),
        model_(model::Transformer::load(*reader_, {})),
        tokenizer_(tokenizer::Tokenizer::load(base_)) {}

  static std::string row(const std::string& text, const std::string& code) {
    return nlohmann::json{{"text", text}, {"code", code}}.dump() + "\n";
  }
  /// 40 rows of each of two "languages" with words of their own.
  void write_calibration() {
    std::string first;
    std::string second;
    for (int i = 0; i < 40; ++i) {
      const std::string n = std::to_string(i * 7);
      first += row("return the " + n, "def f(x):\n  return " + n + "\n  return value");
      second += row("print a " + n, "public static int g { int " + n + "; int size; }");
    }
    testing::write_bytes(directory_ / "a.jsonl", first);
    testing::write_bytes(directory_ / "b.jsonl", second);
  }
  merge::MoeConfig config(const std::string& mode) {
    const std::string models = base_.parent_path().string();
    testing::write_bytes(directory_ / "config.yaml",
                         "base_model: " + base_.string() + "\ngate_mode: " + mode + "\ndtype: float32\nexperts:\n" +
                             "  - {source_model: " + models +
                             "/x, name: a, calibration: a.jsonl, positive_prompts: [def f]}\n  - {source_model: " +
                             models + "/y, name: b, calibration: b.jsonl, positive_prompts: [int x]}\n");
    return merge::read_moe_config(directory_ / "config.yaml");
  }
  BuiltRouters build(const merge::MoeConfig& config, at::ScalarType dtype = at::kFloat,
                     std::uint64_t max_feature_bytes = 2'000'000'000) {
    arch::ModelConfig mixture = reader_->config();
    mixture.model_type = "mixtral";
    mixture.num_local_experts = static_cast<std::int64_t>(config.experts.size());
    mixture.num_experts_per_tok = config.experts_per_token;
    return build_routers(config, mixture, dtype, model_.get(), &tokenizer_,
                         load_calibration(config, tokenizer_, mixture.max_position_embeddings),
                         {.max_feature_bytes = max_feature_bytes});
  }
  static void expect_equal(const BuiltRouters& a, const BuiltRouters& b) {
    ASSERT_EQ(a.routers.size(), b.routers.size());
    for (std::size_t layer = 0; layer < a.routers.size(); ++layer) {
      EXPECT_TRUE(at::equal(a.routers[layer], b.routers[layer])) << layer;
    }
  }

  testing::TempDir directory_;
  std::filesystem::path base_;
  std::shared_ptr<const checkpoint::CheckpointReader> reader_;
  std::unique_ptr<model::Transformer> model_;
  tokenizer::Tokenizer tokenizer_;
};

TEST_F(BuildRouters, ContrastiveBeatsTheOthersOnHeldOutTokens) {
  write_calibration();
  const BuiltRouters contrastive = build(config("contrastive"));
  const BuiltRouters hidden = build(config("hidden"));
  const BuiltRouters random = build(config("random"));
  ASSERT_EQ(contrastive.report.layers.size(), 3U);
  ASSERT_EQ(hidden.report.layers.size(), 3U);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    EXPECT_GT(contrastive.report.layers[layer].accuracy, hidden.report.layers[layer].accuracy);
    EXPECT_GT(contrastive.report.layers[layer].accuracy, random.report.layers[layer].accuracy);
    EXPECT_EQ(contrastive.report.layers[layer].num_tokens, random.report.layers[layer].num_tokens);
    EXPECT_GT(contrastive.report.layers[layer].accuracy, 0.75);
    EXPECT_GT(contrastive.report.layers[layer].sharpness.value_or(0), 0);
  }
  EXPECT_GT(contrastive.report.num_fit_tokens, 0);
  EXPECT_EQ(random.report.num_fit_tokens, 0);
}

TEST_F(BuildRouters, RowsAreRoundedToTheResultsType) {
  write_calibration();
  for (const at::Tensor& router : build(config("contrastive"), at::kBFloat16).routers) {
    EXPECT_TRUE(at::equal(router, router.to(at::kBFloat16).to(at::kFloat)));
  }
}

TEST_F(BuildRouters, PassesOverFewLayersGiveTheSameRows) {
  write_calibration();
  expect_equal(build(config("contrastive")), build(config("contrastive"), at::kFloat, 1));
}

TEST_F(BuildRouters, SameRowsForAnyThreadCount) {
  write_calibration();
  const int threads = at::get_num_threads();
  for (const char* mode : {"contrastive", "hidden", "hidden_avg", "cheap_embed"}) {
    SCOPED_TRACE(mode);
    at::set_num_threads(1);
    const BuiltRouters one = build(config(mode));
    at::set_num_threads(4);
    const BuiltRouters four = build(config(mode));
    at::set_num_threads(threads);
    expect_equal(one, four);
    EXPECT_EQ(report_to_json(one.report), report_to_json(four.report));
  }
}

TEST_F(BuildRouters, PromptsAloneWillDo) {
  testing::write_bytes(
      directory_ / "config.yaml",
      "base_model: " + base_.string() +
          "\ngate_mode: contrastive\nexperts:\n"
          "  - {source_model: x, positive_prompts: [\"def f(x): return x\"], negative_prompts: [\"# the\"]}\n"
          "  - {source_model: y, positive_prompts: [\"public static int\"]}\n");
  const BuiltRouters built = build(merge::read_moe_config(directory_ / "config.yaml"));
  ASSERT_EQ(built.routers.size(), 3U);
  EXPECT_EQ(built.routers[0].size(0), 2);
  EXPECT_TRUE(built.report.layers.empty());
}

TEST_F(BuildRouters, BadCalibrationIsADataError) {
  write_calibration();
  testing::write_bytes(directory_ / "a.jsonl", "");
  EXPECT_THROW(build(config("contrastive")), DataError);
  testing::write_bytes(directory_ / "a.jsonl", "{\"text\": \"x\"}\n");
  EXPECT_THROW(build(config("contrastive")), DataError);
  std::string text;
  for (int i = 0; i < 2000; ++i) text += " word";
  testing::write_bytes(directory_ / "a.jsonl", row(text, "x"));
  EXPECT_THROW(build(config("contrastive")), DataError);
  std::filesystem::remove(directory_ / "a.jsonl");
  EXPECT_THROW(build(config("hidden")), DataError);
}

TEST(HeldOut, IsAFifthOfTheTexts) {
  int count = 0;
  for (int i = 0; i < 10000; ++i) count += is_held_out("text " + std::to_string(i)) ? 1 : 0;
  EXPECT_NEAR(count, 2000, 150);
}

TEST(TokenIndexTest, SkipsFirstTokensButKeepsTheLast) {
  const std::vector<LabelledSequence> sequences{{{1, 5, 6, 7, 8, 9, 10}, 0, false}, {{1, 5}, 1, true}, {{1}, 0, false}};
  const TokenIndex tokens(sequences, 4);
  EXPECT_EQ(tokens.first_token, (std::vector<std::int64_t>{5, 1, 0}));
  EXPECT_EQ(tokens.token_label, (std::vector<std::int64_t>{0, 0, 1, 0}));
  EXPECT_EQ(tokens.token_sequence, (std::vector<std::int64_t>{0, 0, 1, 2}));
}

}  // namespace
}  // namespace quartet::routing
