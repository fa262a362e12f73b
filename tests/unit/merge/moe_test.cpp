// Mixtures without gates that need a model: configs, plans, random routers, the classic layout on disk.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/merge/executor.h"
#include "quartet/merge/moe_plan.h"
#include "quartet/merge/router_init.h"
#include "support/test_files.h"

namespace quartet::merge {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kGolden = testing::golden("moe");

class MoeTest : public ::testing::Test {
 protected:
  MoeConfig read(const std::string& text, const MoeConfigOptions& options = {}) {
    testing::write_bytes(directory_ / "config.yaml", text);
    return read_moe_config(directory_ / "config.yaml", options);
  }
  std::string error_of(const std::string& text) {
    try {
      read(text);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  }
  static std::string model(const std::string& name) { return (kGolden / "models" / name).string(); }
  /// A config of random gates over the golden models.
  static std::string random_config(const std::vector<std::string>& experts, int k, const std::string& more = "") {
    std::string text = "base_model: " + model("base") + "\ngate_mode: random\nexperts_per_token: " + std::to_string(k) +
                       "\n" + more + "experts:\n";
    for (const std::string& expert : experts) text += "  - source_model: " + expert + "\n";
    return text;
  }
  /// Builds a mixture with seeded routers into directory_/out as a model directory.
  MergePlan build(const MoeConfig& config, const RouterWeights* routers = nullptr) {
    InputModels models;
    MergePlan plan = make_moe_plan(config, models);
    fs::create_directories(directory_ / "out");
    const RouterWeights random = random_routers(plan.config, RandomRouter::kNormal, 17, true);
    execute(plan, models, router_tensors(plan.config, routers ? *routers : random), directory_ / "out");
    std::ofstream(directory_ / "out/config.json") << arch::to_hf_config(plan.config, "float32").dump(2);
    return plan;
  }
  testing::TempDir directory_;
};

TEST_F(MoeTest, ConfigProblems) {
  const std::string experts =
      "experts:\n  - {source_model: a, positive_prompts: [x]}\n  - {source_model: b, positive_prompts: [y]}\n";
  EXPECT_THAT(error_of("base_model: base\ngate_mode: hiden\n" + experts), HasSubstr("did you mean 'hidden'"));
  EXPECT_THAT(error_of("base_model: base\ngate_mode: probe\n" + experts), HasSubstr("not built yet"));
  EXPECT_THAT(error_of("base_model: base\nexperts_per_tokens: 1\n" + experts), HasSubstr("experts_per_token"));
  EXPECT_THAT(error_of("base_model: base\nexperts_per_token: 3\n" + experts), HasSubstr("experts_per_token"));
  EXPECT_THAT(error_of("base_model: base\nexperts_per_token: 0\n" + experts), HasSubstr("experts_per_token"));
  EXPECT_THAT(error_of(experts), HasSubstr("base_model"));
  EXPECT_THAT(error_of("base_model: base\n"), HasSubstr("experts"));
  EXPECT_THAT(error_of("base_model: base\nexperts: [{source_model: a}, {source_model: b}]\n"),
              HasSubstr("positive_prompts"));
  EXPECT_THAT(error_of("base_model: base\nexperts: [{source_model: a, positive_prompts: [x]}, {source_model: b, "
                       "positive_prompts: [x]}]\n"),
              HasSubstr("same prompts"));
  EXPECT_THAT(error_of("base_model: base\nexperts: [{source_model: a, positive_prompts: [x]}, {source_model: a, "
                       "positive_prompts: [y]}]\n"),
              HasSubstr("same model"));
  EXPECT_THAT(error_of("base_model: base\nshared_experts: [{source_model: a}]\n" + experts),
              HasSubstr("shared experts"));
  EXPECT_THAT(error_of("base_model: base\narchitecture: qwen\n" + experts), HasSubstr("mixtral"));
}

TEST_F(MoeTest, UniformRandomNeedsNoPrompts) {
  EXPECT_NO_THROW(
      read("base_model: base\ngate_mode: uniform_random\nexperts: [{source_model: a}, {source_model: b}]\n"));
}

TEST_F(MoeTest, OneModelForAllExpertsOnlyWhenAsked) {
  const std::string text = "base_model: base\ngate_mode: random\nexperts: [{source_model: a}, {source_model: a}]\n";
  EXPECT_THROW(read(text), ConfigError);
  EXPECT_NO_THROW(read(text, {.allow_untrained = true}));
}

TEST_F(MoeTest, NamesOfExperts) {
  const MoeConfig config = read(
      "base_model: base\ngate_mode: random\nexperts:\n  - {source_model: base+runs/python/adapter}\n"
      "  - {source_model: runs/java/}\n  - {source_model: c, language: C++}\n  - {source_model: d, language: js, name: "
      "web}\n");
  EXPECT_EQ(config.experts[0].name, "python");
  EXPECT_EQ(config.experts[1].name, "java");
  EXPECT_EQ(config.experts[2].name, "cpp");
  EXPECT_EQ(config.experts[3].name, "web");
  EXPECT_EQ(config.experts[3].language, "javascript");
}

struct RandomCase {
  std::string name;
  RandomRouter kind;
  std::uint64_t seed;

  friend void PrintTo(const RandomCase& random_case, std::ostream* out) { *out << random_case.name; }
};
class RandomGolden : public ::testing::TestWithParam<RandomCase> {};

TEST_P(RandomGolden, EqualsMergekit) {
  const auto file = checkpoint::SafetensorsFile::open(kGolden / GetParam().name / "golden.safetensors");
  const at::Tensor expected = file->tensor("gates.mergekit");  // [L, E, D]
  arch::ModelConfig config;
  config.num_hidden_layers = expected.size(0);
  config.num_local_experts = expected.size(1);
  config.hidden_size = expected.size(2);
  const at::Tensor got = at::stack(random_routers(config, GetParam().kind, GetParam().seed, true));
  EXPECT_TRUE(at::equal(got.to(expected.scalar_type()), expected)) << (got - expected).abs().max().item<double>();
}

INSTANTIATE_TEST_SUITE_P(Cases, RandomGolden,
                         ::testing::Values(RandomCase{"random", RandomRouter::kNormal, 17},
                                           RandomCase{"random_two", RandomRouter::kNormal, 4294967295U},
                                           RandomCase{"uniform_random", RandomRouter::kUniform, 17}),
                         [](const auto& param) { return param.param.name; });

TEST(RandomRouters, OwnStreamHasTheRightMoments) {
  arch::ModelConfig config;
  config.num_hidden_layers = 4;
  config.num_local_experts = 3;
  config.hidden_size = 400;
  const at::Tensor normal = at::stack(random_routers(config, RandomRouter::kNormal, 1, false));
  EXPECT_NEAR(normal.mean().item<double>(), 0, 0.06);
  EXPECT_NEAR(normal.std().item<double>(), 1, 0.06);
  const at::Tensor uniform = at::stack(random_routers(config, RandomRouter::kUniform, 1, false));
  EXPECT_LE(uniform.abs().max().item<double>(), 0.05);
  EXPECT_GE(uniform.abs().max().item<double>(), 0.049);
  EXPECT_FALSE(at::equal(normal, at::stack(random_routers(config, RandomRouter::kNormal, 2, false))));
}

TEST_F(MoeTest, ExpertTensorsAreMergekitsBitForBit) {
  fs::create_directories(directory_ / "theirs");
  fs::copy_file(kGolden / "hidden/mergekit_model.safetensors", directory_ / "theirs/model.safetensors");
  fs::copy_file(kGolden / "hidden/mergekit_config.json", directory_ / "theirs/config.json");
  const auto theirs = checkpoint::CheckpointReader::open(directory_ / "theirs");
  RouterWeights routers;
  for (std::int64_t layer = 0; layer < theirs->config().num_hidden_layers; ++layer) {
    routers.push_back(theirs->tensor(arch::router_name(layer)));
  }
  build(read_moe_config(kGolden / "hidden/config.yaml"), &routers);
  const auto ours = checkpoint::CheckpointReader::open(directory_ / "out");
  checkpoint::check_against_specs(*ours);
  ASSERT_EQ(ours->names(), theirs->names());
  for (const std::string& name : theirs->names())
    EXPECT_TRUE(at::equal(ours->tensor(name), theirs->tensor(name))) << name;
}

TEST_F(MoeTest, ConfigOfTheResult) {
  const MergePlan plan = build(read(random_config({model("x"), model("y"), model("z")}, 1)));
  const auto ours = checkpoint::CheckpointReader::open(directory_ / "out");
  EXPECT_EQ(ours->config().num_local_experts, 3);
  EXPECT_EQ(ours->config().num_experts_per_tok, 1);
  EXPECT_EQ(ours->config().head_dim, 10);
  EXPECT_EQ(ours->config().sliding_window, std::nullopt);
  EXPECT_TRUE(ours->raw_config().at("sliding_window").is_null());
  EXPECT_EQ(ours->config().rope_theta, plan.config.rope_theta);
}

TEST_F(MoeTest, OneExpertAndAllExperts) {
  EXPECT_EQ(build(read(random_config({model("x")}, 1))).config.num_local_experts, 1);
  EXPECT_EQ(build(read(random_config({model("x"), model("y")}, 2))).config.num_experts_per_tok, 2);
}

TEST_F(MoeTest, DtypeOfTheResult) {
  const MergePlan plan = build(read(random_config({model("x"), model("y")}, 2, "dtype: bfloat16\n")));
  const auto ours = checkpoint::SafetensorsFile::open(directory_ / "out/model.safetensors");
  const auto source = checkpoint::CheckpointReader::open(model("y"));
  const at::Tensor down = ours->tensor("model.layers.1.block_sparse_moe.experts.1.w2.weight");
  EXPECT_EQ(down.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::equal(down, source->tensor("model.layers.1.mlp.down_proj.weight").to(at::kBFloat16)));
}

TEST_F(MoeTest, DeltasOutsideTheMlpsAreRefused) {
  const fs::path changed = directory_ / "changed";
  fs::create_directories(changed);
  fs::copy_file(fs::path(model("x")) / "config.json", changed / "config.json");
  const auto reader = checkpoint::CheckpointReader::open(model("x"));
  std::vector<checkpoint::PlannedTensor> tensors;
  for (const std::string& name : reader->names()) tensors.push_back({name, reader->dtype(name), reader->shape(name)});
  checkpoint::CheckpointWriter writer(changed, tensors);
  const std::string touched = "model.layers.1.self_attn.q_proj.weight";
  for (const std::string& name : reader->names()) {
    writer.write(name, name == touched ? reader->tensor(name) + 0.5 : reader->tensor(name));
  }
  writer.commit();
  const MoeConfig config = read(random_config({changed.string(), model("y")}, 2));
  InputModels models;
  try {
    make_moe_plan(config, models);
    FAIL() << "a dropped delta was not refused";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("q_proj x1"));
    EXPECT_THAT(error.what(), HasSubstr("--allow-dropped-deltas"));
  }
  const MergePlan plan = make_moe_plan(config, models, {.allow_dropped_deltas = true});
  ASSERT_EQ(plan.dropped.size(), 1U);
  EXPECT_EQ(plan.dropped[0].tensor, touched);
}

TEST_F(MoeTest, AdaptersAreFoldedAndTheirAttentionIsNotDroppedSilently) {
  const fs::path models_directory = testing::golden("merge/models");
  const std::string base = (models_directory / "base").string();
  const std::string expert = base + "+" + (models_directory / "adapter").string();
  const MoeConfig config = read("base_model: " + base + "\ngate_mode: random\nexperts: [{source_model: " + expert +
                                "}, {source_model: " + base + "}]\n");
  InputModels models;
  EXPECT_THROW(make_moe_plan(config, models), CheckpointError);  // the adapter has q_proj too
  const MergePlan plan = make_moe_plan(config, models, {.allow_dropped_deltas = true});
  EXPECT_EQ(plan.dropped.size(), 4U);
  fs::create_directories(directory_ / "out");
  const RouterWeights routers = random_routers(plan.config, RandomRouter::kNormal, 1, false);
  const FoldReport report = execute(plan, models, router_tensors(plan.config, routers), directory_ / "out");
  EXPECT_EQ(report.size(), 4U);  // one down projection a layer
  const auto out = checkpoint::SafetensorsFile::open(directory_ / "out/model.safetensors");
  const auto source = checkpoint::CheckpointReader::open(base);
  const std::string down = "model.layers.2.mlp.down_proj.weight";
  const auto pair = checkpoint::AdapterFile::read(models_directory / "adapter").pairs.at(down);
  const at::Tensor folded = source->tensor(down) + pair.scaling * at::mm(pair.b, pair.a);
  EXPECT_TRUE(at::allclose(out->tensor(arch::expert_name(2, 0, arch::Projection::kDown)), folded, 1e-6, 1e-7));
  EXPECT_TRUE(at::equal(out->tensor(arch::expert_name(2, 1, arch::Projection::kDown)), source->tensor(down)));
}

TEST_F(MoeTest, ExpertsOfOtherShapesAreRefused) {
  const std::string other = (testing::golden("merge/models") / "a").string();
  InputModels models;
  EXPECT_THROW(make_moe_plan(read(random_config({model("x"), other}, 2)), models), CheckpointError);
  EXPECT_THROW(make_moe_plan(read(random_config({model("x"), "no/such/model"}, 2)), models), CheckpointError);
}

TEST_F(MoeTest, BytesDoNotDependOnTheOrderOfRuns) {
  const MoeConfig config = read(random_config({model("x"), model("y")}, 2));
  build(config);
  const std::string first = testing::read_bytes(directory_ / "out/model.safetensors");
  fs::remove_all(directory_ / "out");
  build(config);
  EXPECT_TRUE(first == testing::read_bytes(directory_ / "out/model.safetensors"));
}

}  // namespace
}  // namespace quartet::merge
