#include "quartet/merge/blend_plan.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::merge {
namespace {

using ::testing::HasSubstr;

class BlendPlanTest : public ::testing::Test {
 protected:
  static std::string model(const std::string& name) { return (testing::golden("merge/models") / name).string(); }
  MergePlan plan(const std::string& text, const BlendPlanOptions& options = {}) {
    testing::write_bytes(directory_ / "config.yaml", text);
    InputModels models;
    return make_blend_plan(read_blend_config(directory_ / "config.yaml"), models, options);
  }
  static const PlanEntry& entry(const MergePlan& plan, const std::string& output) {
    return *std::find_if(plan.entries.begin(), plan.entries.end(), [&](const auto& e) { return e.output == output; });
  }
  static double weight(const MergePlan& plan, const std::string& output, std::size_t source = 0) {
    return entry(plan, output).sources.at(source).values.at("weight");
  }
  std::string slice(const std::string& first, const std::string& second, int from, int to) {
    const std::string range = ", layer_range: [" + std::to_string(from) + ", " + std::to_string(to) + "]}\n";
    return "  - sources:\n      - {model: " + model(first) + range + "      - {model: " + model(second) + range;
  }
  testing::TempDir directory_;
};

TEST_F(BlendPlanTest, GradientsRunOverTheLayersAndStartOutsideThem) {
  const MergePlan p = plan("merge_method: linear\nparameters: {weight: [0.2, 0.8]}\nmodels: [{model: " + model("a") +
                           "}, {model: " + model("b") + "}]\n");
  EXPECT_EQ(weight(p, "model.embed_tokens.weight"), 0.2);
  EXPECT_EQ(weight(p, "model.norm.weight"), 0.2);
  EXPECT_EQ(weight(p, "lm_head.weight"), 0.2);
  EXPECT_EQ(weight(p, "model.layers.0.mlp.up_proj.weight"), 0.2);
  EXPECT_NEAR(weight(p, "model.layers.1.mlp.up_proj.weight"), 0.4, 1e-12);
  EXPECT_EQ(weight(p, "model.layers.3.mlp.up_proj.weight"), 0.8);
}

TEST_F(BlendPlanTest, AOneLayerSliceTakesTheLastValue) {
  const MergePlan p = plan("merge_method: linear\nparameters: {weight: [0.2, 0.8]}\nslices:\n" + slice("a", "b", 1, 2));
  EXPECT_EQ(p.config.num_hidden_layers, 1);
  EXPECT_EQ(weight(p, "model.layers.0.mlp.up_proj.weight"), 0.8);
  EXPECT_EQ(entry(p, "model.layers.0.mlp.up_proj.weight").sources[1].tensor, "model.layers.1.mlp.up_proj.weight");
}

TEST_F(BlendPlanTest, FiltersSeeInputNamesPerModelAndOutputNamesForAll) {
  const MergePlan p = plan(
      "merge_method: linear\nparameters:\n  weight: [{filter: layers.2., value: 5}, {value: 1}]\n"
      "  normalize: [{filter: layers.0., value: false}, {value: true}]\nslices:\n" +
      slice("a", "b", 2, 4));
  EXPECT_EQ(weight(p, "model.layers.0.mlp.up_proj.weight"), 5);
  EXPECT_EQ(entry(p, "model.layers.0.mlp.up_proj.weight").values.at("normalize"), 0);
  EXPECT_EQ(entry(p, "model.layers.1.mlp.up_proj.weight").values.at("normalize"), 1);
}

TEST_F(BlendPlanTest, TheLastSliceWithMoreSourcesGivesThemAllToTheNorm) {
  const MergePlan p =
      plan("merge_method: linear\nparameters: {weight: 1}\nslices:\n  - sources: [{model: " + model("a") +
           ", layer_range: [0, 2]}]\n" + slice("b", "c", 2, 4));
  EXPECT_EQ(entry(p, "model.embed_tokens.weight").sources.size(), 1U);
  EXPECT_EQ(entry(p, "model.norm.weight").sources.size(), 2U);
  EXPECT_EQ(entry(p, "lm_head.weight").sources.size(), 2U);
}

TEST_F(BlendPlanTest, TheHeadIsWrittenIfAnyInputHasOne) {
  const auto with = [&](const std::string& x, const std::string& y) {
    return plan("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: " + model(x) +
                "}, {model: " + model(y) + "}]\n");
  };
  const MergePlan one = with("tied", "a");
  EXPECT_FALSE(one.config.tie_word_embeddings);
  EXPECT_EQ(entry(one, "lm_head.weight").sources[0].tensor, "model.embed_tokens.weight");
  EXPECT_EQ(entry(one, "lm_head.weight").sources[1].tensor, "lm_head.weight");
  const MergePlan none =
      plan("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: " + model("tied") + "}]\n");
  EXPECT_TRUE(none.config.tie_word_embeddings);
  EXPECT_EQ(none.entries.back().output, "model.norm.weight");
}

TEST_F(BlendPlanTest, DtypesOfTensorsAndConfigAgree) {
  const std::string head = "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: " + model("a_bf16") +
                           "}, {model: " + model("b") + "}]\n";
  EXPECT_EQ(plan(head).dtype, at::kFloat);
  const MergePlan out = plan(head + "dtype: float32\nout_dtype: bfloat16\n");
  EXPECT_EQ(out.dtype, at::kBFloat16);
  EXPECT_EQ(out.entries[0].work_dtype, at::kFloat);
  EXPECT_EQ(out.entries[0].dtype, at::kBFloat16);
}

TEST_F(BlendPlanTest, WithoutABaseTheFirstModelGivesConfigAndTokenizer) {
  testing::write_bytes(directory_ / "config.yaml", "merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: " +
                                                       model("b") + "}, {model: " + model("a") + "}]\n");
  EXPECT_EQ(donor_of(read_blend_config(directory_ / "config.yaml")).text, model("b"));
}

TEST_F(BlendPlanTest, RefusesWhatDoesNotFit) {
  const std::string linear = "merge_method: linear\nparameters: {weight: 1}\n";
  EXPECT_THROW(plan(linear + "slices:\n" + slice("a", "b", 2, 5)), ConfigError);
  EXPECT_THROW(plan(linear + "slices:\n  - sources:\n      - {model: " + model("a") +
                    ", layer_range: [0, 2]}\n      - {model: " + model("b") + ", layer_range: [0, 3]}\n"),
               ConfigError);
  EXPECT_THROW(plan(linear + "models: [{model: " + model("a") +
                    "}, {model: " + (testing::golden("moe/models/x")).string() + "}]\n"),
               CheckpointError);
  EXPECT_THROW(plan("merge_method: linear\nmodels: [{model: " + model("a") +
                    ", parameters: {weight: [{filter: mlp, value: 1}]}}]\n"),
               ConfigError);
  EXPECT_THROW(plan(linear + "models: [{model: no/such}]\n"), CheckpointError);
}

TEST_F(BlendPlanTest, BooleansMustBeWhole) {
  EXPECT_THROW(
      plan("merge_method: linear\nparameters: {weight: 1, normalize: 0.5}\nmodels: [{model: " + model("a") + "}]\n"),
      ConfigError);
}

TEST_F(BlendPlanTest, PlanAsJsonAndTable) {
  const MergePlan p = plan("merge_method: ties\nbase_model: " + model("base") + "\nmodels: [{model: " + model("a") +
                           ", parameters: {weight: 0.5, density: 0.2}}]\n");
  const auto json = plan_to_json(p);
  EXPECT_EQ(json.at("tensors").at(0).at("sources").at(0).at("parameters").at("density"), 0.2);
  EXPECT_EQ(json.at("tensors").at(0).at("sources").at(1).at("base"), true);
  EXPECT_THAT(plan_to_table(p), HasSubstr("density 0.2"));
}

}  // namespace
}  // namespace quartet::merge
