#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/run_program.h"
#include "support/test_files.h"

// The programs without LibTorch are built alone where it is absent.
namespace quartet {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::TempDir;

constexpr const char* kConfig =
    R"({"model_type": "mixtral", "vocab_size": 300, "hidden_size": 16, "intermediate_size": 24,
  "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 1e6,
  "num_local_experts": 3, "num_experts_per_tok": 2})";

ProgramResult make(const TempDir& dir, const std::string& name, const std::vector<std::string>& more = {}) {
  std::vector<std::string> command{"make_checkpoint", "--model-config", (dir / "config.json").string(), "--output",
                                   (dir / name).string()};
  command.insert(command.end(), more.begin(), more.end());
  return testing::run_program(command);
}

class MakeCheckpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(QUARTET_BIN_DIR) / "make_checkpoint")) GTEST_SKIP() << "make_checkpoint is not built";
    testing::write_bytes(dir_ / "config.json", kConfig);
  }
  TempDir dir_;
};

TEST_F(MakeCheckpoint, SeedAloneDecidesTheWeights) {
  ASSERT_EQ(make(dir_, "a").exit_code, 0);
  ASSERT_EQ(make(dir_, "b", {"--threads", "2"}).exit_code, 0);
  ASSERT_EQ(make(dir_, "c", {"--seed", "1"}).exit_code, 0);
  const std::string a = testing::read_bytes(dir_ / "a" / "model.safetensors");
  EXPECT_EQ(a, testing::read_bytes(dir_ / "b" / "model.safetensors"));
  EXPECT_NE(a, testing::read_bytes(dir_ / "c" / "model.safetensors"));
  EXPECT_THAT(a, HasSubstr("model.layers.1.block_sparse_moe.experts.2.w3.weight"));
}

TEST_F(MakeCheckpoint, ShardsAndTokenizerAreWritten) {
  testing::write_bytes(dir_ / "my.model", "tokenizer");
  ASSERT_EQ(make(dir_, "a", {"--shard-bytes", "5000", "--tokenizer", (dir_ / "my.model").string()}).exit_code, 0);
  EXPECT_TRUE(fs::exists(dir_ / "a" / "model.safetensors.index.json"));
  EXPECT_EQ(testing::read_bytes(dir_ / "a" / "tokenizer.model"), "tokenizer");
}

TEST_F(MakeCheckpoint, BadInputWritesNothing) {
  EXPECT_EQ(make(dir_, "a", {"--std", "0"}).exit_code, 2);
  EXPECT_EQ(make(dir_, "a", {"--dtype", "int8"}).exit_code, 2);
  EXPECT_EQ(make(dir_, "a", {"--tokenizer", (dir_ / "absent").string()}).exit_code, 2);
  testing::write_bytes(dir_ / "config.json", R"({"model_type": "llama"})");
  const ProgramResult result = make(dir_, "a");
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("model_type"));
  EXPECT_FALSE(fs::exists(dir_ / "a"));
}

}  // namespace
}  // namespace quartet
