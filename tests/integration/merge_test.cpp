#include "integration/merge_fixture.h"

namespace quartet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

const fs::path kMoe = golden("moe");
const fs::path kBlend = golden("merge");

class Merge : public MergeFixture {};

TEST_F(Merge, BlendWritesAModelDirectory) {
  const ProgramResult result = run("blend", kBlend / "blend/ties_d02/config.yaml");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* name :
       {"config.json", "model.safetensors", "merge_plan.json", "manifest.json", "mergekit_config.yml"}) {
    EXPECT_TRUE(fs::exists(out(name))) << name;
  }
  const json plan = json::parse(read_bytes(out("merge_plan.json")));
  EXPECT_EQ(plan.at("method"), "ties");
  EXPECT_EQ(plan.at("tensors").size(), 39U);
  EXPECT_TRUE(plan.at("dropped_deltas").empty());
}

TEST_F(Merge, MixtureWithItsTokenizerAndReport) {
  const ProgramResult result = run("moe", kMoe / "hidden/config.yaml", {"--dtype", "bfloat16"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_bytes(out("tokenizer.model")), read_bytes(fs::path(moe_model("base")) / "tokenizer.model"));
  EXPECT_EQ(read_bytes(out("tokenizer_config.json")),
            read_bytes(fs::path(moe_model("base")) / "tokenizer_config.json"));
  const json config = json::parse(read_bytes(out("config.json")));
  EXPECT_EQ(config.at("model_type"), "mixtral");
  EXPECT_EQ(config.at("torch_dtype"), "bfloat16");
  EXPECT_TRUE(config.at("sliding_window").is_null());
  const json report = json::parse(read_bytes(out("router_report.json")));
  EXPECT_EQ(report.at("gate_mode"), "hidden");
  EXPECT_EQ(report.at("experts"), (std::vector<std::string>{"x", "y", "z"}));
  EXPECT_TRUE(report.at("held_out").is_null());
}

TEST_F(Merge, CalibrationIsMeasuredWithEveryGateMode) {
  std::string rows;
  for (int i = 0; i < 30; ++i)
    rows += json{{"text", "add " + std::to_string(i)}, {"code", "def f(x): return x"}}.dump() + "\n";
  write_bytes(folder_ / "rows.jsonl", rows);
  const ProgramResult result =
      run_text("moe", "base_model: " + moe_model("base") + "\ngate_mode: random\nexperts:\n" +
                          "  - {source_model: " + moe_model("x") + ", language: C++, calibration: rows.jsonl}\n" +
                          "  - {source_model: " + moe_model("y") + "}\n");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json report = json::parse(read_bytes(out("router_report.json")));
  EXPECT_EQ(report.at("experts").at(0), "cpp");
  EXPECT_EQ(report.at("layers").size(), 3U);
  EXPECT_GT(report.at("held_out").at("num_tokens").get<int>(), 0);
  EXPECT_THAT(result.err, HasSubstr("tokens right"));
}

TEST_F(Merge, FoldPrintsWhatWasAdded) {
  const ProgramResult result = run_program({"merge", "fold", "--base", (kBlend / "models/base").string(), "--adapter",
                                            (kBlend / "models/adapter").string(), out().string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("model.layers.0.self_attn.q_proj.weight"));
  const json plan = json::parse(read_bytes(out("merge_plan.json")));
  int folded = 0;
  for (const json& tensor : plan.at("tensors")) folded += tensor.contains("added_norm") ? 1 : 0;
  EXPECT_EQ(folded, 8);
}

TEST_F(Merge, DryRunPrintsThePlanAndWritesNothing) {
  const std::string config = read_bytes(kMoe / "random/config.yaml");
  const ProgramResult table = run("moe", kMoe / "random/config.yaml", {"--dry-run"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("model.layers.0.block_sparse_moe.experts.2.w2.weight"));
  const ProgramResult as_json = run("moe", kMoe / "random/config.yaml", {"--dry-run", "--plan-format", "json"});
  EXPECT_EQ(json::parse(as_json.out).at("kind"), "moe");
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Merge, MergekitsFlagsAreAccepted) {
  const ProgramResult result = run(
      "moe", kMoe / "random/config.yaml",
      {"--random-seed", "17", "--compat-rng", "--allow-crimes", "--lora-merge-cache", "/none", "--no-copy-tokenizer",
       "-v", "--lazy-unpickle", "--out-shard-size", "1B", "--layout", "classic", "--attention", "base"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_FALSE(fs::exists(out("tokenizer.model")));
}

TEST_F(Merge, MergekitsFlagsHaveTheirMeaning) {
  const fs::path moe = kMoe / "random/config.yaml";
  const auto err_of = [&](const Flags& flags) {
    Flags all = {"--dry-run"};
    all.insert(all.end(), flags.begin(), flags.end());
    const ProgramResult result = run("moe", moe, all);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.err;
  };
  EXPECT_THAT(
      err_of({"--lora-merge-dtype", "float16", "--load-in-4bit"}),
      ::testing::AllOf(HasSubstr("--lora-merge-dtype has no effect"), HasSubstr("--load-in-4bit has no effect")));
  const std::string harmless =
      err_of({"--no-cuda", "-j", "2", "--lazy-unpickle", "--no-load-in-8bit", "--async-write"});
  EXPECT_THAT(harmless, ::testing::Not(HasSubstr("no effect")));
  EXPECT_THAT(err_of({"--device", "auto"}), ::testing::Not(HasSubstr("no effect")));
  for (const char* flag : {"-j", "--num-threads"}) {
    const ProgramResult result = run("moe", moe, {"--dry-run", flag, "-1"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("threads: got -1"));
  }
}

TEST_F(Merge, CudaIsTakenOrRefused) {
  // What --device cuda says decides: this machine has one or has none.
  for (const auto& [command, config] :
       {std::pair{"moe", kMoe / "random/config.yaml"}, std::pair{"blend", kBlend / "blend/linear/config.yaml"}}) {
    const ProgramResult device = run(command, config, {"--dry-run", "--device", "cuda"});
    const ProgramResult cuda = run(command, config, {"--dry-run", "--cuda"});
    EXPECT_EQ(cuda.exit_code, device.exit_code);
    EXPECT_THAT(cuda.exit_code, ::testing::AnyOf(0, 6));
    EXPECT_EQ(run(command, config, {"--dry-run", "--cuda", "--device", "cpu"}).exit_code, 0);
    EXPECT_EQ(run(command, config, {"--dry-run", "--device", "tpu"}).exit_code, 2);
  }
  EXPECT_EQ(run("blend", kBlend / "blend/linear/config.yaml", {"--dry-run", "--device", "auto"}).exit_code, 2);
}

TEST_F(Merge, BadFlagsAndConfigsExitWith2) {
  EXPECT_EQ(run("moe", folder_ / "missing.yaml").exit_code, 2);
  EXPECT_EQ(run_text("blend", "merge_method: slerp\nmodels: [{model: a}]\n").exit_code, 2);
  EXPECT_EQ(run_text("blend", "merge_method: linear\nmodles: []\n").exit_code, 2);
  EXPECT_EQ(run_text("moe", "base_model: a\ngate_mode: hidden\nexperts: [{source_model: b}]\n").exit_code, 2);
  expect_nothing_written();
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--layout", "fused"},
                                                {"--attention", "ties"},
                                                {"--out-shard-size", "1.5B"},
                                                {"--out-shard-size", "5x"},
                                                {"--no-such-flag"}}) {
    EXPECT_EQ(run("moe", kMoe / "random/config.yaml", flags).exit_code, 2) << flags.front();
  }
  EXPECT_THAT(run("moe", kMoe / "random/config.yaml", {"--out-shard-size", "5x"}).err,
              HasSubstr("got \"5x\", expected"));
  const ProgramResult quantize = run_program({"merge", "quantize", "--model", moe_model("base"), out().string()});
  EXPECT_EQ(quantize.exit_code, 2);
  EXPECT_THAT(quantize.err, HasSubstr("not built yet"));
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Merge, ModelsThatDoNotFitExitWith4) {
  const std::string head =
      "base_model: " + moe_model("base") + "\ngate_mode: random\nexperts:\n  - source_model: " + moe_model("x") + "\n";
  EXPECT_EQ(run_text("moe", head + "  - source_model: no/such/model\n").exit_code, 4);
  EXPECT_EQ(run_text("moe", head + "  - source_model: " + (kBlend / "models/a").string() + "\n").exit_code, 4);
  EXPECT_EQ(run_text("moe", head + "  - source_model: " + folder_.path().string() + "\n").exit_code, 4);
  expect_nothing_written();
}

TEST_F(Merge, BadCalibrationExitsWith3) {
  const std::string long_prompt = [] {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "word ";
    return text;
  }();
  for (const std::string& text :
       {mixture("contrastive", ", calibration: none.jsonl", ", positive_prompts: [x]"),
        mixture("random", ", calibration: none.jsonl"),
        mixture("hidden", ", positive_prompts: [" + long_prompt + "]", ", positive_prompts: [x]")}) {
    for (const Flags& flags : {Flags{}, {"--dry-run"}}) {
      const ProgramResult result = run_text("moe", text, flags);
      EXPECT_EQ(result.exit_code, 3) << result.err;
      EXPECT_EQ(result.out, "");
      expect_nothing_written();
    }
  }
}

TEST_F(Merge, AFilledDirectoryIsLeftAlone) {
  write_bytes(out("keep.txt"), "mine");
  EXPECT_EQ(run("blend", kBlend / "blend/linear/config.yaml").exit_code, 2);
  EXPECT_EQ(run("blend", kBlend / "blend/linear/config.yaml", {"--dry-run"}).exit_code, 2);
  EXPECT_EQ(list_directory(out()), std::vector<std::string>{"keep.txt"});
  EXPECT_EQ(run("blend", kBlend / "blend/linear/config.yaml", {"--overwrite"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(out("keep.txt")));
}

TEST_F(Merge, ShardsWithAnIndex) {
  ASSERT_EQ(run("blend", kBlend / "blend/linear/config.yaml", {"--out-shard-size", "10k"}).exit_code, 0);
  const json index = json::parse(read_bytes(out("model.safetensors.index.json")));
  EXPECT_EQ(index.at("weight_map").size(), 39U);
  EXPECT_FALSE(fs::exists(out("model.safetensors")));
  // The sharded result is an input like any other.
  write_bytes(folder_ / "again.yaml", "merge_method: linear\nmodels: [{model: out, parameters: {weight: 1}}]\n");
  const ProgramResult again =
      run_program({"merge", "blend", (folder_ / "again.yaml").string(), (folder_ / "again").string()});
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

}  // namespace
}  // namespace quartet::testing
