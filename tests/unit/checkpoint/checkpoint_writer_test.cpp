#include "quartet/checkpoint/checkpoint_writer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "support/test_files.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

std::vector<PlannedTensor> plan_of(const CheckpointReader& reader) {
  std::vector<PlannedTensor> plan;
  for (const std::string& name : reader.names()) plan.push_back({name, reader.dtype(name), reader.shape(name)});
  return plan;
}

// Writes what `reader` holds as a Hugging Face model.
void write_copy(const CheckpointReader& reader, const fs::path& directory, std::uint64_t max_shard_bytes) {
  CheckpointWriter writer(directory, plan_of(reader), max_shard_bytes);
  for (const std::string& name : reader.names()) writer.write(name, reader.tensor(name));
  writer.commit();
  const auto config = arch::to_hf_config(reader.config(), "float32");
  testing::write_bytes(directory / "config.json", config.dump(2));
}

class ModelRoundTrip : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(ModelRoundTrip, IsByteEqualToTheFileOfTransformers) {
  const auto [from, expected] = GetParam();
  const TempDir dir;
  write_copy(*CheckpointReader::open(testing::golden(fs::path("models") / from)), dir.path(), 5'000'000'000);
  EXPECT_EQ(testing::read_bytes(dir / "model.safetensors"),
            testing::read_bytes(testing::golden(fs::path("models") / expected / "model.safetensors")));
  EXPECT_FALSE(fs::exists(dir / "model.safetensors.index.json"));
}

INSTANTIATE_TEST_SUITE_P(All, ModelRoundTrip,
                         ::testing::Values(std::pair{"mistral_gqa2", "mistral_gqa2"},
                                           std::pair{"mistral_bfloat16", "mistral_bfloat16"},
                                           std::pair{"mistral_tied", "mistral_tied"},
                                           std::pair{"mixtral_e4k2", "mixtral_e4k2"},
                                           std::pair{"mixtral_e4k2_fused", "mixtral_e4k2"},
                                           std::pair{"mixtral_e4k2_native", "mixtral_e4k2"}));

TEST(CheckpointWriter, ShardsReadBackAsTheSameModel) {
  const auto model = CheckpointReader::open(testing::golden("models/mistral_head_dim"));
  for (const std::uint64_t max_shard_bytes : {1, 20'000, 60'000}) {
    const TempDir dir;
    write_copy(*model, dir.path(), max_shard_bytes);
    const auto copy = CheckpointReader::open(dir.path());
    check_against_specs(*copy);
    EXPECT_GT(copy->weight_files().size(), 1U);
    EXPECT_EQ(copy->names(), model->names());
    EXPECT_EQ(copy->config().head_dim, model->config().head_dim);
    for (const std::string& name : model->names())
      EXPECT_TRUE(at::equal(copy->tensor(name), model->tensor(name))) << name;
  }
}

TEST(CheckpointWriter, ShardsAreCutBeforeTheTensorThatWouldNotFit) {
  const TempDir dir;
  const std::vector<PlannedTensor> plan{
      {"d", at::kFloat, {2}}, {"c", at::kFloat, {2}}, {"b", at::kFloat, {100}}, {"a", at::kFloat, {1}}};
  CheckpointWriter writer(dir.path(), plan, 16);
  for (const PlannedTensor& tensor : plan) writer.write(tensor.name, at::zeros(tensor.shape));
  writer.commit();
  EXPECT_EQ(testing::list_directory(dir.path()),
            (std::vector<std::string>{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                                      "model-00003-of-00003.safetensors", "model.safetensors.index.json"}));
  EXPECT_EQ(
      testing::read_bytes(dir / "model.safetensors.index.json"),
      "{\n  \"metadata\": {\n    \"total_size\": 420\n  },\n  \"weight_map\": {\n"
      "    \"a\": \"model-00003-of-00003.safetensors\",\n    \"b\": \"model-00002-of-00003.safetensors\",\n"
      "    \"c\": \"model-00001-of-00003.safetensors\",\n    \"d\": \"model-00001-of-00003.safetensors\"\n  }\n}\n");
}

TEST(CheckpointWriter, NothingIsCommittedWhileATensorIsMissing) {
  const TempDir dir;
  CheckpointWriter writer(dir.path(), {{"a", at::kFloat, {4}}, {"b", at::kFloat, {4}}}, 16);
  writer.write("a", at::zeros({4}));
  EXPECT_THROW(writer.write("c", at::zeros({4})), StateError);
  writer.write_rows("b", 0, at::zeros({2}));
  EXPECT_THROW(writer.commit(), StateError);
  EXPECT_FALSE(fs::exists(dir / "model.safetensors.index.json"));
  writer.write_rows("b", 2, at::zeros({2}));
}

TEST(CheckpointWriter, DuplicatePlanIsRefused) {
  const TempDir dir;
  EXPECT_THROW(CheckpointWriter(dir.path(), {{"a", at::kFloat, {4}}, {"a", at::kHalf, {4}}}, 1), StateError);
}

}  // namespace
}  // namespace quartet::checkpoint
