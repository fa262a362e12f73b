#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/run_program.h"
#include "support/test_files.h"

namespace quartet::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

const fs::path kTraining = golden("training");

class Finetune : public ::testing::Test {
 protected:
  /// finetune on the golden base and rows into out/, with further flags (a later one beats an earlier one).
  ProgramResult run(std::vector<std::string> flags, const std::string& data = (kTraining / "train.jsonl").string()) {
    std::vector<std::string> command = {"finetune",
                                        "--base",
                                        (kTraining / "base").string(),
                                        "--data",
                                        data,
                                        "--output",
                                        (folder_ / "out").string(),
                                        "--batch-size",
                                        "8",
                                        "--lr",
                                        "0.01"};
    command.insert(command.end(), flags.begin(), flags.end());
    return run_program(command);
  }
  std::vector<json> metrics() const {
    std::vector<json> rows;
    std::istringstream lines(read_bytes(out("metrics.jsonl")));
    for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
    return rows;
  }
  fs::path out(const char* name) const { return folder_ / "out" / name; }
  std::string rows_file(const std::string& text) {
    write_bytes(folder_ / "rows.jsonl", text);
    return (folder_ / "rows.jsonl").string();
  }

  TempDir folder_;
};

TEST_F(Finetune, LoraWritesAnAdapterAndItsRecords) {
  const ProgramResult result = run(
      {"--max-steps", "24", "--eval-data", (kTraining / "eval.jsonl").string(), "--eval-every", "10", "--rank", "4"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(fs::exists(out("adapter/adapter_model.safetensors")));
  const json config = json::parse(read_bytes(out("adapter/adapter_config.json")));
  EXPECT_EQ(config.at("r"), 4);
  EXPECT_EQ(config.at("lora_alpha"), 8);
  EXPECT_FALSE(fs::exists(out("model")));
  EXPECT_THAT(read_bytes(out("config.resolved.yaml")), HasSubstr("max_steps: 24"));
  EXPECT_TRUE(json::parse(read_bytes(out("manifest.json"))).contains("result"));
  std::vector<std::int64_t> eval_steps;
  std::int64_t steps = 0;
  for (const json& row : metrics()) {
    if (row.contains("eval_loss")) {
      eval_steps.push_back(row.at("step"));
      continue;
    }
    EXPECT_EQ(row.at("step"), ++steps);
    for (const char* key : {"loss", "lr", "grad_norm", "tokens", "trained_tokens", "seconds", "tokens_per_second"}) {
      EXPECT_TRUE(row.at(key).is_number()) << key;
    }
  }
  EXPECT_EQ(steps, 24);
  EXPECT_THAT(eval_steps, ::testing::ElementsAre(0, 10, 20, 24));
}

TEST_F(Finetune, FullWritesAModelThatCanBeTrainedFurther) {
  ASSERT_EQ(run({"--max-steps", "5", "--method", "full"}).exit_code, 0);
  const double first = metrics().front().at("loss");
  EXPECT_TRUE(fs::exists(out("model/config.json")));
  EXPECT_FALSE(fs::exists(out("adapter")));
  const ProgramResult again = run_program(
      {"finetune", "--base", out("model").string(), "--data", (kTraining / "train.jsonl").string(), "--output",
       (folder_ / "more").string(), "--batch-size", "8", "--max-steps", "1", "--method", "full"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_LT(json::parse(read_bytes(folder_ / "more/metrics.jsonl")).at("loss").get<double>(), first);
}

TEST_F(Finetune, TextRowsUseTheTokenizerOfTheBase) {
  const std::string rows = rows_file("{\"text\": \"Write a Python program to add.\", \"code\": \"a + b\"}\n");
  const ProgramResult without = run({}, rows);
  EXPECT_EQ(without.exit_code, 4);
  EXPECT_THAT(without.err, HasSubstr("tokenizer"));
  fs::copy(kTraining / "base", folder_ / "base");
  fs::copy(golden("tokenizer") / "tokenizer.model", folder_ / "base/tokenizer.model");
  const ProgramResult other = run({"--base", (folder_ / "base").string()}, rows);  // 512 pieces, 128 embeddings
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_THAT(other.err, HasSubstr("512"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Finetune, TheOutputMustBeEmptyUnlessOverwritten) {
  ASSERT_EQ(run({"--max-steps", "1"}).exit_code, 0);
  write_bytes(out("notes.txt"), "kept");
  EXPECT_EQ(run({"--max-steps", "1"}).exit_code, 2);
  ASSERT_EQ(run({"--max-steps", "2", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(metrics().size(), 2U);
  EXPECT_EQ(read_bytes(out("notes.txt")), "kept");
}

TEST_F(Finetune, ARunThatDoesNotTrainFailsAndLeavesNoAdapter) {
  const ProgramResult result = run({"--max-steps", "20", "--lr", "1e-30"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, HasSubstr("last quarter"));
  EXPECT_FALSE(fs::exists(out("adapter")));
  EXPECT_EQ(metrics().size(), 20U);
}

TEST_F(Finetune, DryRunWritesNothing) {
  const ProgramResult result = run({"--dry-run", "--epochs", "2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("6 steps"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Finetune, FlagsAreCheckedBeforeFiles) {
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{"--rank", "0"},
                                             {"--rank", "1000000000"},
                                             {"--epochs", "1e18"},
                                             {"--max-steps", "9000000000000000000"},
                                             {"--batch-size", "9000000000000000000"},
                                             {"--batch-tokens", "9000000000000000000"},
                                             {"--lr", "-1"},
                                             {"--batch-size", "0"},
                                             {"--method", "qlora"},
                                             {"--method", "router"},
                                             {"--packing", "true"},
                                             {"--optimizer", "adamw8bit"},
                                             {"--resume", "x"},
                                             {"--dropout", "0.1"},
                                             {"--target-modules", "q_prj"},
                                             {"--schedule", "step"},
                                             {"--max-length", "100000"},
                                             {"--language", "cobol"},
                                             {"--micro-batch", "some"},
                                             {"--language-head", "0.1", "--eval-fraction", "2"},
                                             {"--init-adapter", "x", "--method", "full"},
                                             {"--data", "cobol=x.jsonl"},
                                             {"--lerning-rate", "1"}}) {
    const ProgramResult result = run(flags);
    EXPECT_EQ(result.exit_code, 2) << flags[0] << " " << flags[1] << ": " << result.err;
  }
  EXPECT_EQ(run({"--rank", "0"}, "absent.jsonl").exit_code, 2);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Finetune, HarmlessValuesOfWhatIsNotBuiltAreAccepted) {
  const ProgramResult result = run({"--dry-run", "--packing", "false", "--optimizer", "adamw", "--quant", "none",
                                    "--filter", "none", "--detok", "none", "--eval-fraction", "0"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(Finetune, BadDataAndModelsHaveTheirCodes) {
  EXPECT_EQ(run({}, "absent.jsonl").exit_code, 3);
  EXPECT_EQ(run({}, rows_file("")).exit_code, 3);
  const ProgramResult bad = run({}, rows_file("{\"input_ids\": [1, 2], \"loss_mask\": [0, 1]}\n{\"txt\": 1}\n"));
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_THAT(bad.err, HasSubstr("rows.jsonl:2"));
  EXPECT_EQ(run({"--base", folder_.path().string()}).exit_code, 4);
  EXPECT_EQ(run({"--init-adapter", folder_.path().string()}).exit_code, 4);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Finetune, TheBaseInsideTheOutputIsNotOverwritten) {
  fs::create_directories(folder_ / "out");
  fs::copy(kTraining / "base", out("model"));
  const ProgramResult result = run({"--base", out("model").string(), "--overwrite"});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_TRUE(fs::exists(out("model/model.safetensors")));
}

TEST_F(Finetune, ASignalStopsTheRunWithoutAnAdapter) {
  // $0 signal, $1 program, $2 base, $3 rows, $4 output: the signal is sent once training has begun.
  const std::string script =
      "\"$1\" --base \"$2\" --data \"$3\" --output \"$4\" --max-steps 1000000 & pid=$!; "
      "until [ -s \"$4/metrics.jsonl\" ]; do kill -0 $pid || exit 99; sleep 0.05; done; kill -$0 $pid; wait $pid";
  for (const auto& [signal, exit_code] : {std::pair{"INT", 130}, std::pair{"TERM", 143}}) {
    const ProgramResult result =
        run_program({"/bin/sh", "-c", script, signal, QUARTET_BIN_DIR "/finetune", (kTraining / "base").string(),
                     (kTraining / "train.jsonl").string(), out(signal).string()});
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_THAT(result.err, HasSubstr("start it again"));
    EXPECT_FALSE(fs::exists(out(signal) / "adapter"));
  }
}

TEST_F(Finetune, TheSameSeedWritesTheSameAdapter) {
  ASSERT_EQ(run({"--max-steps", "4", "--threads", "1"}).exit_code, 0);
  const std::string first = read_bytes(out("adapter/adapter_model.safetensors"));
  ASSERT_EQ(run({"--max-steps", "4", "--threads", "1", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(read_bytes(out("adapter/adapter_model.safetensors")), first);
  ASSERT_EQ(run({"--max-steps", "4", "--threads", "1", "--overwrite", "--seed", "1"}).exit_code, 0);
  EXPECT_NE(read_bytes(out("adapter/adapter_model.safetensors")), first);
}

}  // namespace
}  // namespace quartet::testing
