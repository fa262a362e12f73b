#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "integration/finetune_fixture.h"

namespace quartet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  EXPECT_THAT(read_bytes(out("report.html")), AllOf(HasSubstr("held out"), HasSubstr("moving mean")));
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
                                             {"--max-steps", "100000000000"},
                                             {"--epochs", "1e300"},
                                             {"--batch-tokens", "100"},  // beside the fixture's --batch-size
                                             {"--init-adapter", "x", "--method", "full"},
                                             {"--data", "cobol=x.jsonl"},
                                             {"--lerning-rate", "1"}}) {
    const ProgramResult result = run(flags);
    EXPECT_EQ(result.exit_code, 2) << flags[0] << " " << flags[1] << ": " << result.err;
  }
  EXPECT_EQ(run({"--rank", "0"}, "absent.jsonl").exit_code, 2);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Finetune, AFlagBeatsTheOtherWayToSayItInAConfig) {
  testing::write_bytes(folder_ / "size.yaml", "batch_size: 8\nmax_steps: 1\n");
  testing::write_bytes(folder_ / "tokens.yaml", "batch_tokens: 64\nmax_steps: 1\n");
  const auto start = [&](const std::string& config, const std::string& flag, const std::string& value) {
    return run_program({"finetune", "--base", (kTraining / "base").string(), "--data",
                        (kTraining / "train.jsonl").string(), "--output", out("").string(), "--overwrite", "--config",
                        (folder_ / config).string(), flag, value});
  };
  ASSERT_EQ(start("size.yaml", "--batch-tokens", "64").exit_code, 0);
  EXPECT_THAT(read_bytes(out("config.resolved.yaml")),
              AllOf(HasSubstr("batch_tokens: 64"), Not(HasSubstr("batch_size"))));
  ASSERT_EQ(start("tokens.yaml", "--batch-size", "4").exit_code, 0);
  EXPECT_THAT(read_bytes(out("config.resolved.yaml")),
              AllOf(HasSubstr("batch_size: 4"), Not(HasSubstr("batch_tokens"))));
}

TEST_F(Finetune, AllWrongChoicesInOneGo) {
  const ProgramResult result =
      run({"--method", "qlora", "--micro-batch", "some", "--rank", "0", "--batch-tokens", "9", "--epochs", "1e300"});
  EXPECT_EQ(result.exit_code, 2);
  for (const char* name : {"method: qlora", "micro-batch: got", "rank: got 0", "batch-tokens: both", "epochs: got"}) {
    EXPECT_THAT(result.err, HasSubstr(name));
  }
}

TEST_F(Finetune, TheHeadAloneCanBeTrained) {
  const ProgramResult result = run({"--max-steps", "24", "--target-modules", "lm_head"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(metrics().back().at("loss").get<double>(), metrics().front().at("loss").get<double>());
  const ProgramResult further =
      run({"--max-steps", "1", "--init-adapter", out("adapter").string(), "--output", (folder_ / "further").string()});
  EXPECT_EQ(further.exit_code, 0) << further.err;
}

TEST_F(Finetune, HarmlessValuesOfWhatIsNotBuiltAreAccepted) {
  const ProgramResult result = run({"--dry-run", "--packing", "false", "--optimizer", "adamw", "--quant", "none",
                                    "--filter", "none", "--detok", "none", "--eval-fraction", "0"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(Finetune, XlcostTokensBecomeSourceText) {
  const std::string base = QUARTET_SOURCE_DIR "/experiments/tiny/base";
  const std::string data = rows_file(R"({"text": "t", "code": "if x : NEW_LINE INDENT f ( ) NEW_LINE"}
{"text": "t", "code": "x = y == 0 z NEW_LINE"}
)");
  const auto losses = [&](const char* output, std::vector<std::string> flags, const std::string& rows) {
    flags.insert(flags.end(), {"--base", base, "--max-steps", "2", "--output", (folder_ / output).string()});
    const ProgramResult result = run(flags, "python=" + rows);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<double> values;
    for (const json& row : metrics(output)) values.push_back(row.at("loss").get<double>());
    return std::pair(values, result.err);
  };
  const auto [detokenised, log] = losses("detok", {"--detok", "xlcost"}, data);
  EXPECT_THAT(log, AllOf(HasSubstr("data: the code of 2 rows"), HasSubstr("data: 1 of these rows are damaged"),
                         HasSubstr("lost_operator 1")));
  EXPECT_THAT(read_bytes(folder_ / "detok/config.resolved.yaml"), HasSubstr("detok: xlcost"));
  EXPECT_EQ(run({"--detok", "other"}).exit_code, 2);

  const auto [plain, plain_log] = losses("plain", {}, data);
  EXPECT_NE(plain, detokenised);
  EXPECT_THAT(read_bytes(folder_ / "plain/config.resolved.yaml"), HasSubstr("detok: none"));
  EXPECT_THAT(plain_log, Not(HasSubstr("XLCoST")));
  const std::string source = rows_file(
      "{\"text\": \"t\", \"code\": \"if x :\\n    f ( )\\n\"}\n{\"text\": \"t\", "
      "\"code\": \"x = y == 0 z\\n\"}\n");
  EXPECT_EQ(losses("source", {}, source).first, detokenised) << "as trained on the source text itself";
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
