// Whole blends against what mergekit 0.1.5 wrote (tests/golden/merge).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/merge/blend_plan.h"
#include "quartet/merge/executor.h"
#include "support/test_files.h"

namespace quartet::merge {
namespace {

struct BlendResult {
  MergePlan plan;
  std::string bytes;
};

BlendResult blend(const std::filesystem::path& config, const std::filesystem::path& out) {
  InputModels models;
  std::filesystem::create_directories(out);
  MergePlan plan = make_blend_plan(read_blend_config(config), models);
  execute(plan, models, {}, out);
  return {std::move(plan), testing::read_bytes(out / "model.safetensors")};
}

class BlendGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(BlendGolden, EqualsMergekit) {
  const auto directory = testing::golden("merge/blend") / GetParam();
  testing::TempDir temp;
  const BlendResult result = blend(directory / "config.yaml", temp / "out");
  const auto ours = checkpoint::SafetensorsFile::open(temp / "out/model.safetensors");
  const auto theirs = checkpoint::SafetensorsFile::open(directory / "out/model.safetensors");
  ASSERT_EQ(ours->entries().size(), theirs->entries().size());
  for (const auto& entry : theirs->entries()) {
    ASSERT_NE(ours->find(entry.name), nullptr) << entry.name;
    const at::Tensor a = ours->tensor(entry.name);
    const at::Tensor b = theirs->tensor(entry.name);
    ASSERT_EQ(a.scalar_type(), b.scalar_type()) << entry.name;
    ASSERT_TRUE(a.sizes().equals(b.sizes())) << entry.name;
    if (GetParam() == "lora") {  // a matrix product: equal to rounding
      EXPECT_TRUE(at::allclose(a, b, 1e-6, 1e-7)) << entry.name;
    } else {
      EXPECT_TRUE(at::equal(a, b)) << entry.name << ": " << (a != b).sum().item<std::int64_t>() << " of " << a.numel();
    }
  }
  const auto config = nlohmann::json::parse(testing::read_bytes(directory / "out/config.json"));
  EXPECT_EQ(result.plan.config.num_hidden_layers, config.at("num_hidden_layers"));
  EXPECT_EQ(result.plan.config.tie_word_embeddings, theirs->find("lm_head.weight") == nullptr);
}

TEST_P(BlendGolden, BytesDoNotDependOnThreads) {
  const auto config = testing::golden("merge/blend") / GetParam() / "config.yaml";
  testing::TempDir temp;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const std::string one = blend(config, temp / "one").bytes;
  at::set_num_threads(2);
  const std::string two = blend(config, temp / "two").bytes;
  at::set_num_threads(threads);
  EXPECT_TRUE(one == two);
}

std::vector<std::string> cases() {
  return testing::list_directory(testing::golden("merge/blend"));
}

INSTANTIATE_TEST_SUITE_P(Cases, BlendGolden, ::testing::ValuesIn(cases()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace quartet::merge
