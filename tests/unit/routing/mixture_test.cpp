// Mixtures as the model runs them: the golden one, and what must hold for any router.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/merge/executor.h"
#include "quartet/merge/moe_plan.h"
#include "quartet/merge/router_init.h"
#include "quartet/model/transformer.h"
#include "support/test_files.h"

namespace quartet::routing {
namespace {

const std::filesystem::path kGolden = testing::golden("moe");

class Mixture : public ::testing::Test {
 protected:
  /// Builds into directory_/out and loads it.
  std::unique_ptr<model::Transformer> build(const merge::MoeConfig& config,
                                            const merge::RouterWeights* routers = nullptr) {
    merge::InputModels models;
    const merge::MergePlan plan = merge::make_moe_plan(config, models);
    std::filesystem::create_directories(directory_ / "out");
    const auto random = merge::random_routers(plan.config, merge::RandomRouter::kNormal, 5, false);
    merge::execute(plan, models, merge::router_tensors(plan.config, routers ? *routers : random), directory_ / "out");
    std::ofstream(directory_ / "out/config.json") << arch::to_hf_config(plan.config, "float32").dump(2);
    return load(directory_ / "out");
  }
  static std::unique_ptr<model::Transformer> load(const std::filesystem::path& path) {
    return model::Transformer::load(*checkpoint::CheckpointReader::open(path), {});
  }
  merge::MoeConfig config(const std::vector<std::string>& experts, int num_active) {
    std::string text = "base_model: " + (kGolden / "models/base").string() +
                       "\ngate_mode: random\nexperts_per_token: " + std::to_string(num_active) + "\nexperts:\n";
    for (const std::string& expert : experts)
      text += "  - source_model: " + (kGolden / "models" / expert).string() + "\n";
    testing::write_bytes(directory_ / "config.yaml", text);
    return merge::read_moe_config(directory_ / "config.yaml", {.allow_untrained = true});
  }
  static at::Tensor logits(const model::Transformer& model, const at::Tensor& ids) {
    return model.logits(model.forward(ids.view({1, -1}))).view({ids.numel(), -1});  // [T, V]
  }
  static at::Tensor some_ids() { return (at::arange(40, at::kLong) * 7 + 3).remainder(512); }

  testing::TempDir directory_;
};

double scaled_error(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).abs().max() / expected.abs().max()).item<double>();
}

TEST_F(Mixture, LogitsAreThoseOfTransformers) {
  const auto golden = checkpoint::SafetensorsFile::open(kGolden / "hidden/golden.safetensors");
  const at::Tensor gates = golden->tensor("gates.mergekit");  // [L, E, D]
  merge::RouterWeights routers;
  for (std::int64_t layer = 0; layer < gates.size(0); ++layer) routers.push_back(gates[layer]);
  const auto model = build(merge::read_moe_config(kGolden / "hidden/config.yaml"), &routers);
  EXPECT_LE(scaled_error(logits(*model, golden->tensor("prompt.input_ids").view({-1})), golden->tensor("logits")),
            1e-5);
}

TEST_F(Mixture, EqualExpertsAreTheDenseModelForAnyRouter) {
  const auto base = load(kGolden / "models/base");
  for (const int num_active : {1, 2, 3}) {
    const auto model = build(config({"base", "base", "base"}, num_active));
    EXPECT_LE(scaled_error(logits(*model, some_ids()), logits(*base, some_ids())), 1e-6) << num_active;
  }
}

TEST_F(Mixture, OneForcedExpertIsThatModel) {
  const auto model = build(config({"x", "y", "z"}, 1));
  const std::vector<std::string> names{"x", "y", "z"};
  for (std::int64_t expert = 0; expert < 3; ++expert) {
    model->force_expert(expert);
    EXPECT_LE(scaled_error(logits(*model, some_ids()), logits(*load(kGolden / "models" / names[expert]), some_ids())),
              1e-6);
  }
}

}  // namespace
}  // namespace quartet::routing
