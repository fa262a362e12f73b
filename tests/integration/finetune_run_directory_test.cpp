#include <gmock/gmock.h>

#include "integration/finetune_fixture.h"

namespace quartet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kDiverging = {"--lr", "1e30", "--max-grad-norm", "0", "--warmup-steps", "0"};

/// The directory of a run and what it may hold at different times.
class FinetuneRunDirectory : public Finetune {
 protected:
  /// Starts a run that would not end, sends it `signal` when it has written a metrics row there, and waits for it.
  ProgramResult stop(const std::string& signal, const fs::path& metrics, const std::string& flags = "") {
    const std::string script =
        "\"$1\" --base \"$2\" --data \"$3\" --output \"$4\" --max-steps 100000000 --threads 1 $6 & pid=$!; "
        "until [ -s \"$5\" ]; do kill -0 $pid || { wait $pid; exit; }; sleep 0.05; done; kill -$0 $pid; wait $pid";
    return run_program({"/bin/sh", "-c", script, signal, QUARTET_BIN_DIR "/finetune", (kTraining / "base").string(),
                        (kTraining / "train.jsonl").string(), (folder_ / "out").string(), metrics.string(), flags});
  }
  std::vector<std::string> names() const { return list_directory(folder_ / "out"); }
};

TEST_F(FinetuneRunDirectory, NothingIsMadeBeforeTheDataAreChecked) {
  const ProgramResult result = run({"--language-head", "0.1"});  // rows without languages
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(run({"--language-head", "0.1", "--dry-run"}).exit_code, 3);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(FinetuneRunDirectory, ADivergedRunLeavesItsMetricsAndIsStartedAgain) {
  EXPECT_EQ(run(kDiverging).exit_code, 5);
  EXPECT_THAT(names(), ElementsAre("config.resolved.yaml", "metrics.jsonl"));
  const std::string metrics_of_failure = read_bytes(out("metrics.jsonl"));
  EXPECT_NE(metrics_of_failure, "");
  EXPECT_EQ(run(kDiverging).exit_code, 5);
  ASSERT_EQ(run({"--max-steps", "1"}).exit_code, 0);
  EXPECT_EQ(metrics().size(), 1U);
  EXPECT_THAT(names(), ElementsAre("adapter", "config.resolved.yaml", "manifest.json", "metrics.jsonl", "report.html"));
}

TEST_F(FinetuneRunDirectory, WhatAKilledRunLeftIsStartedAgain) {
  write_bytes(out("config.resolved.yaml"), "");
  write_bytes(out(".manifest.json.tmp-1-0"), "{");
  write_bytes(out(".adapter.staging-1/adapter_config.json"), "{");
  write_bytes(out("adapter/adapter_config.json"), "{}");
  ASSERT_EQ(run({"--max-steps", "1", "--method", "full"}).exit_code, 0);
  EXPECT_THAT(names(), ElementsAre("config.resolved.yaml", "manifest.json", "metrics.jsonl", "model", "report.html"));
  fs::remove_all(folder_ / "out");
  write_bytes(out(".config.resolved.yaml.tmp-1-0"), "base:");
  ASSERT_EQ(run({"--max-steps", "1"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(out(".config.resolved.yaml.tmp-1-0")));
}

TEST_F(FinetuneRunDirectory, OtherFilesAreNeverTakenForARun) {
  write_bytes(out("adapter/adapter_config.json"), "{}");
  EXPECT_EQ(run({"--max-steps", "1"}).exit_code, 2);
  EXPECT_EQ(read_bytes(out("adapter/adapter_config.json")), "{}");
  write_bytes(out("notes.txt"), "kept");
  ASSERT_EQ(run({"--max-steps", "1", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(read_bytes(out("notes.txt")), "kept");
  EXPECT_TRUE(fs::exists(out("adapter/adapter_model.safetensors")));
}

TEST_F(FinetuneRunDirectory, AnEarlierRunSurvivesEveryFailureOfTheNext) {
  ASSERT_EQ(run({"--max-steps", "2"}).exit_code, 0);
  const std::string adapter = read_bytes(out("adapter/adapter_model.safetensors"));
  const std::string manifest = read_bytes(out("manifest.json"));
  const auto expect_unharmed = [&] {
    EXPECT_EQ(read_bytes(out("adapter/adapter_model.safetensors")), adapter);
    EXPECT_EQ(read_bytes(out("manifest.json")), manifest);
    EXPECT_EQ(metrics().size(), 2U);
  };
  EXPECT_EQ(run({"--language-head", "0.1", "--overwrite"}).exit_code, 3);
  expect_unharmed();
  std::vector<std::string> flags = kDiverging;
  flags.push_back("--overwrite");
  EXPECT_EQ(run(flags).exit_code, 5);
  expect_unharmed();
  EXPECT_FALSE(metrics("out/unfinished_run").empty());
  fs::remove(out("unfinished_run/metrics.jsonl"));
  EXPECT_EQ(stop("TERM", out("unfinished_run/metrics.jsonl"), "--overwrite").exit_code, 143);
  expect_unharmed();
  EXPECT_EQ(run({"--max-steps", "1"}).exit_code, 2);
  ASSERT_EQ(run({"--max-steps", "1", "--method", "full", "--overwrite"}).exit_code, 0);
  EXPECT_THAT(names(), ElementsAre("config.resolved.yaml", "manifest.json", "metrics.jsonl", "model", "report.html"));
  EXPECT_EQ(metrics().size(), 1U);
}

TEST_F(FinetuneRunDirectory, AReplacementThatWasCutShortIsFinished) {
  ASSERT_EQ(run({"--max-steps", "2"}).exit_code, 0);
  ASSERT_EQ(run({"--max-steps", "1", "--output", out("unfinished_run").string()}).exit_code, 0);
  const std::string adapter = read_bytes(out("unfinished_run/adapter/adapter_model.safetensors"));
  fs::create_directories(out("unfinished_run/earlier"));
  for (const char* name : {"manifest.json", "adapter"}) fs::rename(out(name), out("unfinished_run/earlier") / name);
  EXPECT_EQ(run({"--max-steps", "1"}).exit_code, 2);  // two complete runs: nothing is started over them
  EXPECT_EQ(read_bytes(out("adapter/adapter_model.safetensors")), adapter);
  EXPECT_THAT(names(), ElementsAre("adapter", "config.resolved.yaml", "manifest.json", "metrics.jsonl", "report.html"));
  EXPECT_EQ(metrics().size(), 1U);
}

TEST_F(FinetuneRunDirectory, ASignalLeavesNothingThatLooksComplete) {
  for (const auto& [signal, exit_code] : {std::pair{"INT", 130}, std::pair{"TERM", 143}}) {
    for (const char* method : {"lora", "full"}) {
      const ProgramResult result = stop(signal, out("metrics.jsonl"), std::string("--method ") + method);
      EXPECT_EQ(result.exit_code, exit_code) << result.err;
      EXPECT_THAT(result.err, HasSubstr("the same command will start it again"));
      EXPECT_THAT(names(), ElementsAre("config.resolved.yaml", "metrics.jsonl"));
      fs::remove(out("metrics.jsonl"));
    }
  }
  EXPECT_EQ(stop("KILL", out("metrics.jsonl")).exit_code, 137);
  EXPECT_EQ(run({"--max-steps", "1"}).exit_code, 0);
}

TEST_F(FinetuneRunDirectory, TwoRunsDoNotShareADirectory) {
  const std::string script =
      "\"$0\" --base \"$1\" --data \"$2\" --output \"$3\" --max-steps 100000000 --threads 1 & pid=$!; "
      "until [ -s \"$3/metrics.jsonl\" ]; do kill -0 $pid || exit 99; sleep 0.05; done; "
      "\"$0\" --base \"$1\" --data \"$2\" --output \"$3\" --max-steps 1 --overwrite; code=$?; "
      "kill -KILL $pid; wait $pid; exit $code";
  const ProgramResult result =
      run_program({"/bin/sh", "-c", script, QUARTET_BIN_DIR "/finetune", (kTraining / "base").string(),
                   (kTraining / "train.jsonl").string(), (folder_ / "out").string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("another run"));
}

/// Losses and learning rates, without what a clock says.
std::vector<json> without_times(std::vector<json> rows) {
  for (json& row : rows) {
    row.erase("seconds");
    row.erase("tokens_per_second");
  }
  return rows;
}

class FinetuneResolvedConfig : public FinetuneRunDirectory {
 protected:
  /// Runs once with the flags and once from the config of that run, and compares what they leave.
  void expect_repeatable(std::vector<std::string> flags) {
    fs::remove_all(folder_ / "out");
    fs::remove_all(folder_ / "again");
    flags.insert(flags.end(), {"--threads", "1"});
    const ProgramResult first = run(flags);
    ASSERT_EQ(first.exit_code, 0) << first.err;
    const ProgramResult again = run_program(
        {"finetune", "--config", out("config.resolved.yaml").string(), "--output", (folder_ / "again").string()});
    ASSERT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(without_times(metrics()), without_times(metrics("again")));
    const std::string weights =
        fs::exists(out("model")) ? "model/model.safetensors" : "adapter/adapter_model.safetensors";
    EXPECT_EQ(read_bytes(out(weights.c_str())), read_bytes(folder_ / "again" / weights));
    const auto options = [&](const char* run) {
      json result = json::parse(read_bytes(folder_ / run / "manifest.json")).at("options");
      result.erase("output");
      return result;
    };
    EXPECT_EQ(options("out"), options("again"));
    const json resolved = options("out");
    for (const auto& [key, value] : resolved.items()) {
      EXPECT_FALSE(value.is_null() || value == "" || value == json::array()) << key;
    }
  }
  json option(const char* key) const { return json::parse(read_bytes(out("manifest.json"))).at("options").at(key); }
};

TEST_F(FinetuneResolvedConfig, RepeatsTheRun) {
  expect_repeatable({"--epochs", "1.5", "--eval-fraction", "0.2"});
  EXPECT_EQ(option("alpha"), 32);
  EXPECT_EQ(option("warmup_steps"), 1);
  EXPECT_EQ(option("lr"), 0.01);
  EXPECT_EQ(option("target_modules").size(), 7U);
  EXPECT_THAT(read_bytes(out("config.resolved.yaml")), Not(HasSubstr("overwrite")));
  expect_repeatable(
      {"--max-steps", "3", "--rslora", "--rank", "3", "--schedule", "wsd", "--target-modules", "lm_head"});
  expect_repeatable({"--max-steps", "3", "--method", "full", "--save-dtype", "bfloat16", "--eval-data",
                     (kTraining / "eval.jsonl").string()});
}

TEST_F(FinetuneResolvedConfig, HoldsTheValuesOfTheAdapterThatARunStartsFrom) {
  ASSERT_EQ(run({"--max-steps", "3", "--rank", "3", "--alpha", "5", "--target-modules", "q_proj,v_proj"}).exit_code, 0);
  fs::rename(folder_ / "out", folder_ / "start");
  expect_repeatable({"--max-steps", "3", "--init-adapter", (folder_ / "start/adapter").string()});
  EXPECT_EQ(option("rank"), 3);
  EXPECT_EQ(option("alpha"), 5);
  EXPECT_EQ(option("target_modules"), json({"q_proj", "v_proj"}));
}

TEST_F(FinetuneResolvedConfig, KeepsTokensOfABatchInsteadOfRows) {
  const std::string output = (folder_ / "out").string();
  ASSERT_EQ(
      run_program({"finetune", "--base", (kTraining / "base").string(), "--data", (kTraining / "train.jsonl").string(),
                   "--output", output, "--batch-tokens", "60", "--max-steps", "2"})
          .exit_code,
      0);
  const std::vector<json> rows = without_times(metrics());
  const ProgramResult again =
      run_program({"finetune", "--config", out("config.resolved.yaml").string(), "--overwrite"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(without_times(metrics()), rows);
}

}  // namespace
}  // namespace quartet::testing
