#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "quartet/arch/tensor_spec.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "support/test_files.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;

class GoldenModels : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenModels, OpensFitsItsSpecsAndHasFiniteWeights) {
  const auto reader = CheckpointReader::open(testing::golden(fs::path("models") / GetParam()));
  check_against_specs(*reader);
  for (const arch::TensorSpec& spec : arch::tensor_specs(reader->config())) {
    const at::Tensor value = reader->tensor(spec.name);
    EXPECT_EQ(value.sizes().vec(), spec.shape) << spec.name;
    EXPECT_TRUE(at::isfinite(value).all().item<bool>()) << spec.name;
    EXPECT_GT(value.to(at::kFloat).abs().max().item<float>(), 0) << spec.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenModels,
                         ::testing::Values("mistral_mha", "mistral_gqa2", "mistral_mqa", "mistral_window8",
                                           "mistral_head_dim", "mistral_tied", "mistral_theta1e6", "mistral_v4_config",
                                           "mistral_sharded", "mistral_bfloat16", "mistral_float16", "mistral_native",
                                           "mixtral_e4k2", "mixtral_e3k1", "mixtral_e8k2", "mixtral_e4k2_fused",
                                           "mixtral_e4k2_native", "mixtral_sharded_bfloat16"));

TEST(GoldenModels, ClassicFusedAndNativeMixtralHoldTheSameTensors) {
  const auto classic = CheckpointReader::open(testing::golden("models/mixtral_e4k2"));
  for (const char* layout : {"models/mixtral_e4k2_fused", "models/mixtral_e4k2_native"}) {
    const auto other = CheckpointReader::open(testing::golden(layout));
    EXPECT_EQ(other->names(), classic->names()) << layout;
    for (const std::string& name : classic->names()) {
      EXPECT_EQ(other->shape(name), classic->shape(name)) << layout << " " << name;
      EXPECT_EQ(other->dtype(name), classic->dtype(name)) << layout << " " << name;
      EXPECT_TRUE(at::equal(other->tensor(name), classic->tensor(name))) << layout << " " << name;
    }
  }
}

TEST(GoldenModels, TiedHeadIsAbsent) {
  const auto reader = CheckpointReader::open(testing::golden("models/mistral_tied"));
  EXPECT_TRUE(reader->config().tie_word_embeddings);
  EXPECT_FALSE(reader->has("lm_head.weight"));
}

TEST(GoldenModels, ShardsAreTheModelsFiles) {
  const auto reader = CheckpointReader::open(testing::golden("models/mistral_sharded"));
  EXPECT_EQ(reader->weight_files().size(), 3U);
  std::uint64_t bytes = 0;
  for (const fs::path& file : reader->weight_files()) bytes += fs::file_size(file);
  EXPECT_EQ(reader->total_bytes(), bytes);
}

TEST(GoldenModels, TensorsOutliveTheReader) {
  at::Tensor norm;
  { norm = CheckpointReader::open(testing::golden("models/mistral_gqa2"))->tensor("model.norm.weight"); }
  EXPECT_EQ(norm.numel(), 32);
  EXPECT_TRUE(at::isfinite(norm).all().item<bool>());
}

}  // namespace
}  // namespace quartet::checkpoint
