// The generate program as users meet it: files in, files out, exit codes, nothing half-written.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "support/run_program.h"
#include "support/test_files.h"

namespace quartet {
namespace {

using testing::golden;
using testing::ProgramResult;
using testing::TempDir;
using testing::write_bytes;

constexpr const char* kProgram = QUARTET_BIN_DIR "/generate";

ProgramResult generate(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), kProgram);
  return testing::run_program(arguments, input);
}

std::vector<nlohmann::json> rows_of(const std::filesystem::path& path) {
  base::JsonlReader reader(path);
  std::vector<nlohmann::json> rows;
  while (auto row = reader.next()) rows.push_back(*row);
  return rows;
}

std::string dense() {
  return golden("models/mistral_gqa2");
}
std::string mixture() {
  return golden("models/mixtral_e4k2");
}

TEST(Generate, WritesOneRowAPromptInInputOrder) {
  TempDir dir;
  write_bytes(dir / "p.jsonl",
              "{\"id\":\"x\",\"prompt_ids\":[1,5,9],\"language\":\"C++\",\"note\":{\"kept\":true}}\n"
              "\n{\"id\":7,\"prompt_ids\":[1]}\r\n");
  const auto result = generate({"--model", dense(), "--prompts", dir / "p.jsonl", "--output", dir / "o.jsonl",
                                "--max-new-tokens", "5", "--ignore-eos", "--num-samples", "2", "--logprobs"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"prompt ", "decode ", "ms a token", "GB/s", "peak ", "output "}) {
    EXPECT_NE(result.err.find(part), std::string::npos) << part << " is not in: " << result.err;
  }
  const auto rows = rows_of(dir / "o.jsonl");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["id"], "x");
  EXPECT_EQ(rows[0]["language"], "cpp");
  EXPECT_EQ(rows[0]["note"]["kept"], true);
  EXPECT_EQ(rows[1]["sample"], 1);
  EXPECT_EQ(rows[2]["id"], 7);
  for (const auto& row : rows) {
    EXPECT_EQ(row["num_tokens"], 5);
    EXPECT_EQ(row["token_ids"].size(), 5u);
    EXPECT_EQ(row["token_logprobs"].size(), 5u);
    EXPECT_EQ(row["stop_reason"], "length");
    EXPECT_LT(row["logprob_sum_nats"].get<double>(), 0);
  }
}

TEST(Generate, ScoresGivenCompletionsAsItGeneratedThem) {
  TempDir dir;
  write_bytes(dir / "p.jsonl", "{\"id\":1,\"prompt_ids\":[1,5,9]}\n");
  ASSERT_EQ(generate({"--model", dense(), "--prompts", dir / "p.jsonl", "--output", dir / "o.jsonl", "--max-new-tokens",
                      "6", "--ignore-eos"})
                .exit_code,
            0);
  const auto answer = rows_of(dir / "o.jsonl").at(0);
  const nlohmann::json row{{"id", 1}, {"prompt_ids", answer["prompt_ids"]}, {"completion_ids", answer["token_ids"]}};
  write_bytes(dir / "s.jsonl", row.dump() + "\n");
  const auto result = generate({"--model", dense(), "--score", dir / "s.jsonl", "--output", dir / "scores.jsonl"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto scored = rows_of(dir / "scores.jsonl").at(0);
  EXPECT_EQ(scored["num_tokens"], 6);
  EXPECT_NEAR(scored["logprob_sum_nats"].get<double>(), answer["logprob_sum_nats"].get<double>(), 1e-4);
}

TEST(Generate, ReadsPromptsFromStandardInputAndOptionsFromAConfig) {
  TempDir dir;
  write_bytes(dir / "c.yaml", "model: " + dense() + "\nmax_new_tokens: 3\nignore_eos: true\nprompts: '-'\n");
  const auto result = generate({"--config", dir / "c.yaml", "--output", dir / "o.jsonl", "--max-new-tokens", "2"},
                               "{\"id\":1,\"prompt_ids\":[1,5]}\n");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(rows_of(dir / "o.jsonl").at(0)["num_tokens"], 2) << "a flag beats the file";
}

TEST(Generate, TracesRoutingOfAMixture) {
  TempDir dir;
  write_bytes(dir / "p.jsonl", "{\"id\":\"x\",\"prompt_ids\":[1,5,9]}\n");
  const auto result =
      generate({"--model", mixture(), "--prompts", dir / "p.jsonl", "--output", dir / "o.jsonl", "--max-new-tokens",
                "3", "--ignore-eos", "--trace-routing", dir / "t.jsonl", "--force-expert", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = rows_of(dir / "t.jsonl");
  ASSERT_EQ(rows.size(), (3u + 2u) * 2u);
  for (const auto& row : rows) {
    EXPECT_EQ(row["experts"][0], 2);
    EXPECT_EQ(row["weights"][0], 1.0);
  }
}

// PEFT stores the base's head beside its adapter; it is the base's own, so it changes nothing.
TEST(Generate, TakesAnAdapterOfTheHeadAsPeftSavesIt) {
  TempDir dir;
  write_bytes(dir / "p.jsonl", "{\"id\":1,\"prompt_ids\":[1,5,9]}\n");
  const auto result = generate({"--model", golden("training/base"), "--adapter", golden("training/adapters/lm_head"),
                                "--prompts", dir / "p.jsonl", "--output", dir / "o.jsonl", "--max-new-tokens", "2"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

// The tokenizer has 512 pieces, the model 1024 ids: half of the answers' ids have no text (a padded vocabulary).
TEST(Generate, StopTextsAreSoughtInTheTextAsItIsWritten) {
  TempDir dir;
  write_bytes(dir / "config.json",
              R"({"model_type": "mistral", "vocab_size": 1024, "hidden_size": 16, "intermediate_size": 24,
              "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
              "sliding_window": null})");
  ASSERT_EQ(testing::run_program({"make_checkpoint", "--model-config", dir / "config.json", "--output", dir / "model",
                                  "--tokenizer", golden("tokenizer/tokenizer.model")})
                .exit_code,
            0);
  std::string prompts;
  for (int id = 0; id < 40; ++id) prompts += "{\"id\":" + std::to_string(id) + ",\"prompt\":\"a\"}\n";
  write_bytes(dir / "p.jsonl", prompts);
  const auto answers = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"--model",       dir / "model",      "--prompts", dir / "p.jsonl", "--output",
                                       dir / "o.jsonl", "--max-new-tokens", "8",         "--temperature", "1",
                                       "--ignore-eos"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = generate(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return rows_of(dir / "o.jsonl");
  };
  const auto whole = answers({});
  ASSERT_EQ(whole.size(), 40u);
  const auto row = std::find_if(whole.begin(), whole.end(), [](const auto& candidate) {
    const std::string text = candidate["text"];
    return text.size() > 3 && text[0] == ' ' && text[1] > ' ' && text[1] < 127;
  });
  ASSERT_NE(row, whole.end()) << "no answer begins with a blank";
  const std::string start = (*row)["text"].template get<std::string>().substr(0, 2);
  const auto stopped = answers({"--stop", start}).at(static_cast<std::size_t>(row - whole.begin()));
  EXPECT_EQ(stopped["stop_reason"], "stop");
  EXPECT_EQ(stopped["text"], "") << "cut where '" << start << "' begins";
  EXPECT_LT(stopped["num_tokens"], 8);
}

/// A copy of the dense model with NaN in the place of its final norm.
std::filesystem::path broken_model(const TempDir& dir) {
  std::filesystem::copy(dense(), dir / "model");
  std::string bytes = testing::read_bytes(dir / "model/model.safetensors");
  const auto header_size =
      static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]) + 256 * static_cast<unsigned char>(bytes[1]));
  const auto header = nlohmann::json::parse(bytes.substr(8, header_size));
  const std::size_t begin = header["model.norm.weight"]["data_offsets"][0];
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + 8 + header_size + begin, &nan, sizeof nan);
  write_bytes(dir / "model/model.safetensors", bytes);
  return dir / "model";
}

TEST(Generate, LogitsThatAreNoNumbersEndTheRun) {
  TempDir dir;
  const auto model = broken_model(dir);
  write_bytes(dir / "p.jsonl", "{\"id\":\"q7\",\"prompt_ids\":[1,5,9],\"completion_ids\":[4]}\n");
  for (const char* mode : {"--prompts", "--score"}) {
    for (const char* temperature : {"0", "1"}) {
      const auto result = generate(
          {"--model", model, mode, dir / "p.jsonl", "--output", dir / "o.jsonl", "--temperature", temperature});
      EXPECT_EQ(result.exit_code, 5) << result.err;
      EXPECT_NE(result.err.find("not finite"), std::string::npos) << result.err;
      EXPECT_FALSE(std::filesystem::exists(dir / "o.jsonl"));
    }
  }
}

TEST(Generate, ScoresSeveralSamplesOfOnePrompt) {
  TempDir dir;
  write_bytes(dir / "s.jsonl",
              "{\"id\":1,\"sample\":0,\"prompt_ids\":[1],\"completion_ids\":[5]}\n"
              "{\"id\":1,\"sample\":1,\"prompt_ids\":[1],\"completion_ids\":[6,7]}\n");
  const auto result = generate({"--model", dense(), "--score", dir / "s.jsonl", "--output", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("tokens/s"), std::string::npos) << "no summary in: " << result.err;
  write_bytes(dir / "o.jsonl", result.out);
  const auto rows = rows_of(dir / "o.jsonl");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["sample"], 1);
  EXPECT_EQ(rows[1]["num_tokens"], 2);
}

// A read of a pipe would sleep through the signal.
TEST(Generate, StopsWhileItWaitsForPrompts) {
  TempDir dir;
  const auto pipe = dir / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto result =
      testing::run_program({"/bin/sh", "-c",
                            std::string("exec timeout --preserve-status -k 60 2 ") + kProgram + " --model " + dense() +
                                " --prompts - --output " + (dir / "o.jsonl").string() + " 0<>" + pipe.string()});
  EXPECT_EQ(result.exit_code, 128 + SIGTERM) << result.err;
  EXPECT_EQ(testing::list_directory(dir.path()), std::vector<std::string>{"pipe"});
}

struct BadCase {
  const char* name;
  std::vector<std::string> arguments;  ///< MODEL, MIXTURE, PROMPTS, OUT and DIR are replaced
  std::string prompts;
  int exit_code;
  std::vector<std::string> needles;  ///< what the one error line must name
};

class GenerateBadInput : public ::testing::TestWithParam<BadCase> {};

TEST_P(GenerateBadInput, IsOneClearLineAndLeavesNothing) {
  TempDir dir;
  const auto& bad = GetParam();
  write_bytes(dir / "p.jsonl", bad.prompts);
  std::filesystem::create_directory(dir / "empty");
  std::vector<std::string> arguments = bad.arguments;
  for (auto& word : arguments) {
    if (word == "MODEL") word = dense();
    if (word == "MIXTURE") word = mixture();
    if (word == "PROMPTS") word = dir / "p.jsonl";
    if (word == "OUT") word = dir / "o.jsonl";
    if (word == "EMPTY") word = dir / "empty";
  }
  const auto result = generate(arguments);
  EXPECT_EQ(result.exit_code, bad.exit_code) << result.err;
  for (const auto& needle : bad.needles) {
    EXPECT_NE(result.err.find(needle), std::string::npos) << needle << " is not in: " << result.err;
  }
  EXPECT_TRUE(result.out.empty());
  EXPECT_FALSE(std::filesystem::exists(dir / "o.jsonl"));
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    EXPECT_TRUE(entry.path().filename() == "p.jsonl" || entry.path().filename() == "empty") << entry.path();
  }
}

const std::vector<std::string> kPlain = {"--model", "MODEL", "--prompts", "PROMPTS", "--output", "OUT"};

std::vector<std::string> with(std::vector<std::string> more) {
  std::vector<std::string> all = kPlain;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string long_prompt() {
  std::string ids = "1";
  for (int i = 0; i < 300; ++i) ids += ",5";
  return "{\"id\":1,\"prompt_ids\":[" + ids + "]}\n";
}

const char* const kGood = "{\"id\":1,\"prompt_ids\":[1,5]}\n";

INSTANTIATE_TEST_SUITE_P(
    Cases, GenerateBadInput,
    ::testing::Values(
        BadCase{"UnknownFlag", with({"--temprature", "1"}), kGood, 2, {"--temprature", "--temperature"}},
        BadCase{"NoModel", {"--prompt", "x"}, kGood, 2, {"--model"}},
        BadCase{"NothingToDo", {"--model", "MODEL", "--output", "OUT"}, kGood, 2, {"--prompts"}},
        BadCase{"TwoThingsToDo", with({"--prompt", "x"}), kGood, 2, {"exactly one"}},
        BadCase{"BadSampling", with({"--temperature", "-1", "--top-p", "2"}), kGood, 2, {"--temperature", "--top-p"}},
        BadCase{"EveryProblemAtOnce",
                with({"--batch-size", "0", "--top-p", "2", "--num-samples", "0"}),
                kGood,
                2,
                {"--batch-size", "--top-p", "--num-samples"}},
        BadCase{"OneFileForTwo", with({"--logits", "OUT"}), kGood, 2, {"--output", "--logits", "same file"}},
        BadCase{"OutputOverInput",
                {"--model", "MODEL", "--prompts", "PROMPTS", "--output", "PROMPTS"},
                kGood,
                2,
                {"--prompts", "--output", "same file"}},
        BadCase{"DryRunReadsTheAdapter", with({"--adapter", "EMPTY", "--dry-run"}), kGood, 4, {"adapter_config.json"}},
        BadCase{"TooManySamples", with({"--num-samples", "1000000000000"}), kGood, 2, {"--num-samples"}},
        BadCase{"BadBatch", with({"--batch-size", "many"}), kGood, 2, {"--batch-size", "many"}},
        BadCase{"UnknownTemplate", with({"--template", "stduy"}), kGood, 2, {"study"}},
        BadCase{"Nf4IsNotBuilt", with({"--dtype", "nf4"}), kGood, 2, {"nf4"}},
        BadCase{"RoutingOfADenseModel", with({"--force-expert", "0"}), kGood, 2, {"mixture"}},
        BadCase{"NoSuchModel", {"--model", "/none", "--prompts", "PROMPTS", "--output", "OUT"}, kGood, 4, {"/none"}},
        BadCase{"NoModelInDirectory",
                {"--model", "EMPTY", "--prompts", "PROMPTS", "--output", "OUT"},
                kGood,
                4,
                {"config.json"}},
        BadCase{"NoSuchPrompts",
                {"--model", "MODEL", "--prompts", "/none.jsonl", "--output", "OUT"},
                kGood,
                3,
                {"/none.jsonl"}},
        BadCase{"NoSuchConfig", {"--config", "/none.yaml"}, kGood, 2, {"/none.yaml"}},
        BadCase{"EmptyPrompts", kPlain, "\n\n", 3, {"no rows"}},
        BadCase{"NoJson", kPlain, "{\"id\":1,\"prompt_ids\":[1,5]}\n{oops\n", 3, {"p.jsonl:2"}},
        BadCase{"NoObject", kPlain, "[1]\n", 3, {"p.jsonl:1"}},
        BadCase{"NoId", kPlain, "{\"prompt_ids\":[1]}\n", 3, {"p.jsonl:1", "id"}},
        BadCase{
            "DuplicateId", kPlain, "{\"id\":1,\"prompt_ids\":[1]}\n{\"id\":1,\"prompt_ids\":[1]}\n", 3, {"p.jsonl:2"}},
        BadCase{"NoPrompt", kPlain, "{\"id\":1}\n", 3, {"p.jsonl:1", "prompt"}},
        BadCase{"PromptIsNoText", kPlain, "{\"id\":1,\"prompt\":3}\n", 3, {"p.jsonl:1", "prompt"}},
        BadCase{"UnknownLanguage",
                kPlain,
                "{\"id\":1,\"prompt_ids\":[1],\"language\":\"cobol\"}\n",
                3,
                {"p.jsonl:1", "cobol"}},
        BadCase{"IdOutsideTheVocabulary", kPlain, "{\"id\":1,\"prompt_ids\":[1,128]}\n", 3, {"p.jsonl:1", "128"}},
        BadCase{"IdIsNoNumber", kPlain, "{\"id\":1,\"prompt_ids\":[1,2.5]}\n", 3, {"p.jsonl:1", "2.5"}},
        BadCase{"NoIds", kPlain, "{\"id\":1,\"prompt_ids\":[]}\n", 3, {"p.jsonl:1", "empty"}},
        BadCase{"PromptLongerThanTheContext", kPlain, long_prompt(), 3, {"p.jsonl:1", "301", "256"}},
        BadCase{"TextWithoutTokenizer", kPlain, "{\"id\":1,\"prompt\":\"hello\"}\n", 4, {"tokenizer.model"}},
        BadCase{"AdapterIsNone", with({"--adapter", "EMPTY"}), kGood, 4, {"adapter_config.json"}},
        BadCase{"CudaIsNotThere", with({"--device", "cuda"}), kGood, 6, {"cuda"}},
        BadCase{"UnknownDevice", with({"--device", "tpu"}), kGood, 2, {"tpu"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Generate, ATokenizerThatDoesNotFitTheVocabularyIsRefused) {
  TempDir dir;
  std::filesystem::copy(dense(), dir / "model");  // 128 ids; the golden tokenizer has 512 pieces
  std::filesystem::copy_file(golden("tokenizer/tokenizer.model"), dir / "model/tokenizer.model");
  write_bytes(dir / "p.jsonl", kGood);
  const auto result = generate({"--model", dir / "model", "--prompts", dir / "p.jsonl", "--output", dir / "o.jsonl"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_NE(result.err.find("512"), std::string::npos) << result.err;
  EXPECT_FALSE(std::filesystem::exists(dir / "o.jsonl"));
}

TEST(Generate, AFullDiskIsExitSixAndLeavesNothing) {
  TempDir dir;
  write_bytes(dir / "p.jsonl", kGood);
  const auto result = testing::run_program({"/bin/sh", "-c",
                                            std::string("ulimit -f 0; trap '' XFSZ; exec ") + kProgram + " --model " +
                                                dense() + " --prompts " + (dir / "p.jsonl").string() + " --output " +
                                                (dir / "o.jsonl").string()});
  EXPECT_EQ(result.exit_code, 6) << result.err;
  EXPECT_FALSE(std::filesystem::exists(dir / "o.jsonl"));
}

}  // namespace
}  // namespace quartet
