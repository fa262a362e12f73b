#include "quartet/checkpoint/adapter_file.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "support/test_files.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TempDir;

const std::string kQuery0 = "model.layers.0.self_attn.q_proj.weight";
const std::string kDown1 = "model.layers.1.mlp.down_proj.weight";

AdapterFile golden_adapter(const std::string& name) {
  return AdapterFile::read(testing::golden("training/adapters/" + name));
}

std::shared_ptr<const CheckpointReader> golden_base() {
  return CheckpointReader::open(testing::golden("training/base"));
}

// A writable copy of a golden adapter.
struct AdapterCopy {
  TempDir dir;
  explicit AdapterCopy(const std::string& name = "plain") {
    for (const char* file : {"adapter_config.json", "adapter_model.safetensors"}) {
      fs::copy_file(testing::golden("training/adapters/" + name) / file, dir / file);
    }
  }
  void set(const std::string& key, const json& value) {
    json config = json::parse(testing::read_bytes(dir / "adapter_config.json"));
    config[key] = value;
    testing::write_bytes(dir / "adapter_config.json", config.dump());
  }
  void write_tensors(const std::map<std::string, at::Tensor>& tensors) {
    std::vector<PlannedTensor> plan;
    for (const auto& [name, value] : tensors) plan.push_back({name, value.scalar_type(), value.sizes().vec()});
    SafetensorsWriter writer(dir / "adapter_model.safetensors", plan);
    for (const auto& [name, value] : tensors) writer.write(name, value);
    writer.commit();
  }
  // The message of the CheckpointError that reading throws; empty if it throws none.
  std::string failure() const {
    try {
      AdapterFile::read(dir.path());
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "";
  }
};

TEST(AdapterFile, ReadsWhatPeftSaved) {
  const AdapterFile adapter = golden_adapter("plain");
  EXPECT_EQ(adapter.settings.rank, 4);
  EXPECT_EQ(adapter.settings.alpha, 8);
  EXPECT_EQ(adapter.settings.base_model, "base");
  EXPECT_EQ(adapter.pairs.size(), 14U);
  const LoraPair& pair = adapter.pairs.at(kQuery0);
  EXPECT_EQ(pair.a.sizes().vec(), (std::vector<std::int64_t>{4, 32}));
  EXPECT_EQ(pair.scaling, 2.0);
  adapter.check_fits(*golden_base(), "plain");
  adapter.check_fits(golden_base()->config(), "plain");
}

TEST(AdapterFile, RankStabilisedScalingIsAlphaOverRootOfRank) {
  const AdapterFile adapter = golden_adapter("rslora");
  EXPECT_TRUE(adapter.settings.use_rslora);
  EXPECT_DOUBLE_EQ(adapter.pairs.at(kQuery0).scaling,
                   adapter.settings.alpha / std::sqrt(static_cast<double>(adapter.settings.rank)));
}

TEST(AdapterFile, PatternsSetRankAndAlphaOfTheModulesTheyName) {
  const AdapterFile adapter = golden_adapter("patterns");
  const auto rank = [&](const std::string& name) { return adapter.pairs.at(name).a.size(0); };
  const auto scaling = [&](const std::string& name) { return adapter.pairs.at(name).scaling; };
  EXPECT_EQ(rank(kQuery0), 2);
  EXPECT_DOUBLE_EQ(scaling(kQuery0), 3.0 / 2);
  EXPECT_DOUBLE_EQ(scaling("model.layers.1.self_attn.q_proj.weight"), 8.0 / 2);
  EXPECT_EQ(rank("model.layers.1.mlp.up_proj.weight"), 6);
  EXPECT_DOUBLE_EQ(scaling("model.layers.1.mlp.up_proj.weight"), 8.0 / 6);
  EXPECT_DOUBLE_EQ(scaling(kDown1), 24.0 / 4);
  EXPECT_DOUBLE_EQ(scaling("model.layers.0.self_attn.k_proj.weight"), 2.0);
}

TEST(AdapterFile, RegularExpressionsInPatternsMatchAsInPeft) {
  AdapterCopy copy;
  copy.set("alpha_pattern", {{"layers\\.[0-9]+\\.mlp\\..*", 16}, {"^model\\.layers\\.0\\.self_attn\\.(q|k)_proj", 4}});
  const AdapterFile adapter = AdapterFile::read(copy.dir.path());
  EXPECT_DOUBLE_EQ(adapter.pairs.at(kDown1).scaling, 4.0);
  EXPECT_DOUBLE_EQ(adapter.pairs.at(kQuery0).scaling, 1.0);
  EXPECT_DOUBLE_EQ(adapter.pairs.at("model.layers.1.self_attn.q_proj.weight").scaling, 2.0);
}

TEST(AdapterFile, HostileRegularExpressionEnds) {
  AdapterCopy copy;
  copy.set("alpha_pattern", {{"((m|mo|o|.)*)*!", 16}});
  EXPECT_DOUBLE_EQ(AdapterFile::read(copy.dir.path()).pairs.at(kQuery0).scaling, 2.0);
  copy.set("alpha_pattern", {{"(", 16}});
  EXPECT_THAT(copy.failure(), HasSubstr("no regular expression"));
}

TEST(AdapterFile, AdapterOnSomeLayersNamesItsModulesWhole) {
  const AdapterFile adapter = golden_adapter("layers");
  EXPECT_EQ(adapter.settings.target_modules,
            (std::vector<std::string>{"model.layers.1.mlp.down_proj", "model.layers.1.self_attn.q_proj"}));
  adapter.check_fits(*golden_base(), "layers");
}

TEST(AdapterFile, TargetsMayBeARegularExpressionOrAllLinear) {
  AdapterCopy copy;
  copy.set("target_modules", "all-linear");
  EXPECT_EQ(AdapterFile::read(copy.dir.path()).settings.target_modules,
            golden_adapter("plain").settings.target_modules);
  copy.set("target_modules", ".*(self_attn|mlp).*_proj");
  EXPECT_EQ(AdapterFile::read(copy.dir.path()).settings.target_modules.size(), 14U);
}

TEST(AdapterFile, CopyOfTheHeadMustBeTheBases) {
  AdapterFile adapter = golden_adapter("lm_head");
  ASSERT_EQ(adapter.base_weights.count("lm_head.weight"), 1U);
  EXPECT_EQ(adapter.pairs.count("lm_head.weight"), 1U);
  adapter.check_fits(*golden_base(), "lm_head");
  adapter.check_fits(golden_base()->config(), "lm_head");
  at::Tensor changed = adapter.base_weights.at("lm_head.weight").clone();
  changed[3][5] += 1;
  adapter.base_weights["lm_head.weight"] = changed;
  EXPECT_THROW(adapter.check_fits(*golden_base(), "lm_head"), CheckpointError);
}

class AdapterRoundTrip : public ::testing::TestWithParam<const char*> {};

TEST_P(AdapterRoundTrip, WriteThenReadKeepsEverything) {
  const AdapterFile adapter = golden_adapter(GetParam());
  const TempDir dir;
  adapter.write(dir.path());
  const AdapterFile again = AdapterFile::read(dir.path());
  EXPECT_EQ(again.settings.rank, adapter.settings.rank);
  EXPECT_EQ(again.settings.alpha, adapter.settings.alpha);
  EXPECT_EQ(again.settings.use_rslora, adapter.settings.use_rslora);
  EXPECT_EQ(again.settings.target_modules, adapter.settings.target_modules);
  ASSERT_EQ(again.pairs.size(), adapter.pairs.size());
  for (const auto& [name, pair] : adapter.pairs) {
    const LoraPair& other = again.pairs.at(name);
    EXPECT_TRUE(at::equal(other.a, pair.a.to(at::kFloat))) << name;
    EXPECT_TRUE(at::equal(other.b, pair.b.to(at::kFloat))) << name;
    EXPECT_DOUBLE_EQ(other.scaling, pair.scaling) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, AdapterRoundTrip,
                         ::testing::Values("plain", "rslora", "patterns", "layers", "lm_head", "bfloat16"));

TEST(AdapterFile, WritesTheBytesThatPeftWrote) {
  const TempDir dir;
  golden_adapter("plain").write(dir.path());
  EXPECT_EQ(testing::read_bytes(dir / "adapter_model.safetensors"),
            testing::read_bytes(testing::golden("training/adapters/plain/adapter_model.safetensors")));
  const json ours = json::parse(testing::read_bytes(dir / "adapter_config.json"));
  json theirs = json::parse(testing::read_bytes(testing::golden("training/adapters/plain/adapter_config.json")));
  for (const auto& [key, value] : ours.items()) {
    if (key == "target_modules") continue;  // a set in PEFT: in no order
    EXPECT_EQ(value, theirs[key]) << key;
  }
}

TEST(AdapterFile, RefusesWhatWouldChangeResults) {
  const std::vector<std::pair<std::string, json>> cases{
      {"peft_type", "IA3"},
      {"use_dora", true},
      {"lora_bias", true},
      {"bias", "all"},
      {"fan_in_fan_out", true},
      {"modules_to_save", {"lm_head"}},
      {"layer_replication", {{0, 1}}},
      {"target_parameters", {"mlp.experts.gate_up_proj"}},
      {"trainable_token_indices", {1, 2}},
      {"use_qalora", true},
      {"alora_invocation_tokens", {1}},
      {"init_lora_weights", "pissa_niter_4"},
      {"init_lora_weights", "olora"},
      {"r", 0},
      {"r", 4.5},
      {"r", 1e30},
      {"r", "4"},
      {"lora_alpha", "8"},
      {"lora_dropout", 1},
      {"lora_dropout", -0.5},
      {"target_modules", 3},
      {"target_modules", {1}},
      {"rank_pattern", {1}},
      {"rank_pattern", {{"q_proj", "x"}}},
  };
  for (const auto& [key, value] : cases) {
    AdapterCopy copy;
    copy.set(key, value);
    EXPECT_THAT(copy.failure(), AllOf(HasSubstr("adapter_config.json"), HasSubstr(key))) << value;
  }
}

TEST(AdapterFile, AcceptsWhatChangesNothing) {
  AdapterCopy copy;
  copy.set("init_lora_weights", "gaussian");
  copy.set("some_future_key", 1);
  copy.set("modules_to_save", json::array());
  EXPECT_EQ(copy.failure(), "");
}

TEST(AdapterFile, RefusesOtherDirectories) {
  const TempDir dir;
  EXPECT_THROW(AdapterFile::read(dir / "absent"), CheckpointError);
  EXPECT_THROW(AdapterFile::read(testing::golden("training/base")), CheckpointError);
  testing::write_bytes(dir / "adapter_config.json", "{\"peft_type\": \"LORA\"}");
  testing::write_bytes(dir / "adapter_model.bin", "pickle");
  try {
    AdapterFile::read(dir.path());
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("pickle"));
  }
}

TEST(AdapterFile, RefusesDamagedFiles) {
  const std::string prefix = "base_model.model.model.layers.0.self_attn.q_proj.";
  const at::Tensor a = at::rand({4, 32});
  const at::Tensor b = at::rand({32, 4});
  AdapterCopy copy;
  copy.write_tensors({{prefix + "lora_A.weight", a}});
  EXPECT_THAT(copy.failure(), HasSubstr("lora_B is missing"));
  copy.write_tensors({{prefix + "lora_A.weight", a}, {prefix + "lora_B.weight", at::rand({32, 3})}});
  EXPECT_THAT(copy.failure(), HasSubstr("do not have the rank"));
  copy.write_tensors({{prefix + "lora_A.weight", at::rand({8, 32})}, {prefix + "lora_B.weight", at::rand({32, 8})}});
  EXPECT_THAT(copy.failure(), HasSubstr("do not have the rank 4"));
  copy.write_tensors({{prefix + "lora_A.weight", a}, {prefix + "lora_B.weight", at::rand({32})}});
  EXPECT_THAT(copy.failure(), HasSubstr("expected a matrix"));
  copy.write_tensors({{prefix + "lora_A.weight", a.to(at::kInt)}, {prefix + "lora_B.weight", b}});
  EXPECT_THAT(copy.failure(), HasSubstr("expected a matrix of floats"));
  copy.write_tensors(
      {{prefix + "lora_A.weight", a}, {prefix + "lora_B.weight", b}, {prefix + "lora_magnitude_vector", a}});
  EXPECT_THAT(copy.failure(), HasSubstr("DoRA"));
  copy.write_tensors({{"base_model.model.lm_head.weight", a}});
  EXPECT_THAT(copy.failure(), HasSubstr("no LoRA matrix"));
  copy.write_tensors({});
  EXPECT_THAT(copy.failure(), HasSubstr("no LoRA matrices"));
}

TEST(AdapterFile, RefusesAnotherBase) {
  const auto fails = [](const AdapterFile& adapter, const arch::ModelConfig& base) -> std::string {
    try {
      adapter.check_fits(base, "DIR");
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "";
  };
  const arch::ModelConfig base = golden_base()->config();
  arch::ModelConfig wide = base;
  wide.hidden_size = 64;
  EXPECT_THAT(fails(golden_adapter("plain"), wide), AllOf(HasSubstr("DIR"), HasSubstr("expected [R, 64]")));
  arch::ModelConfig deep = base;
  deep.num_hidden_layers = 3;
  EXPECT_THAT(fails(golden_adapter("plain"), deep), HasSubstr("has no matrices"));
  arch::ModelConfig shallow = base;
  shallow.num_hidden_layers = 1;
  EXPECT_THAT(fails(golden_adapter("plain"), shallow), HasSubstr("which the base model has not"));
}

}  // namespace
}  // namespace quartet::checkpoint
