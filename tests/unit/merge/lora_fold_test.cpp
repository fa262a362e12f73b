#include "quartet/merge/lora_fold.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "quartet/base/error.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/merge/executor.h"
#include "quartet/merge/moe_plan.h"
#include "support/test_files.h"

namespace quartet::merge {
namespace {

at::Tensor numbers(at::IntArrayRef shape, std::int64_t seed) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kFloat);
}

struct Fold {
  at::Tensor result;
  FoldNorms norms;
};

Fold fold(const at::Tensor& weight, std::int64_t rank, at::ScalarType dtype, double scaling = 0.5) {
  const checkpoint::LoraPair pair{numbers({rank, weight.size(1)}, 5), numbers({weight.size(0), rank}, 6), scaling};
  Fold fold;
  fold.result = fold_lora(weight, pair, dtype, fold.norms);
  return fold;
}

at::Tensor expected(const at::Tensor& weight, std::int64_t rank, double scaling = 0.5) {
  return weight.to(at::kDouble) + scaling * at::mm(numbers({weight.size(0), rank}, 6).to(at::kDouble),
                                                   numbers({rank, weight.size(1)}, 5).to(at::kDouble));
}

TEST(FoldLora, IsBasePlusScaledProduct) {
  for (const std::int64_t rank : {1, 4, 16}) {
    const at::Tensor weight = numbers({37, 131}, 1);  // [37, 131]
    const Fold got = fold(weight, rank, at::kFloat);
    EXPECT_LT((got.result.to(at::kDouble) - expected(weight, rank)).abs().max().item<double>(), 2e-6);
    const double delta = (expected(weight, rank) - weight).norm().item<double>();
    EXPECT_NEAR(got.norms.delta, delta, 1e-5 * delta);
    EXPECT_NEAR(got.norms.added, delta, 1e-5 * delta);
    EXPECT_NEAR(got.norms.weight, weight.to(at::kDouble).norm().item<double>(), 1e-9 * delta);
  }
}

TEST(FoldLora, RoundsOnce) {
  const at::Tensor weight = numbers({20, 70}, 2).to(at::kBFloat16);
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    const at::Tensor exact = fold(weight, 3, at::kFloat).result;
    EXPECT_TRUE(at::equal(fold(weight, 3, dtype).result, exact.to(dtype)));
  }
}

TEST(FoldLora, WhatRoundingSwallowsIsNotCountedAsAdded) {
  const at::Tensor weight = at::ones({4, 64});
  const Fold got = fold(weight.to(at::kBFloat16), 2, at::kBFloat16, 1e-6);
  EXPECT_GT(got.norms.delta, 0);
  EXPECT_EQ(got.norms.added, 0);
}

TEST(FoldLora, SameBytesForAnyThreadCount) {
  const at::Tensor weight = numbers({300, 200}, 3);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Fold one = fold(weight, 8, at::kFloat);
  at::set_num_threads(2);
  const Fold two = fold(weight, 8, at::kFloat);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(one.result, two.result));
  EXPECT_EQ(one.norms.added, two.norms.added);
}

TEST(FoldLora, ChecksShapes) {
  FoldNorms norms;
  EXPECT_THROW(fold_lora(at::ones({4, 6}), {at::ones({2, 5}), at::ones({4, 2}), 1}, at::kFloat, norms), ShapeError);
  EXPECT_THROW(fold_lora(at::ones({4, 6}), {at::ones({2, 6}), at::ones({4, 3}), 1}, at::kFloat, norms), ShapeError);
}

class FoldPlan : public ::testing::Test {
 protected:
  const std::filesystem::path models_ = testing::golden("merge/models");
  /// The golden adapter with every B zeroed where `zero`.
  std::filesystem::path adapter(bool zero) {
    checkpoint::AdapterFile file = checkpoint::AdapterFile::read(models_ / "adapter");
    if (zero) {
      for (auto& [name, pair] : file.pairs) pair.b = at::zeros_like(pair.b);
    }
    const auto directory = directory_ / (zero ? "zero" : "copy");
    std::filesystem::create_directories(directory);
    file.write(directory);
    return directory;
  }
  testing::TempDir directory_;
};

TEST_F(FoldPlan, FoldsAdaptedTensorsAndCopiesTheRest) {
  InputModels models;
  const MergePlan plan = make_fold_plan({models_ / "base", adapter(false), "base+copy"}, std::nullopt, models);
  std::filesystem::create_directories(directory_ / "out");
  const FoldReport report = execute(plan, models, {}, directory_ / "out");
  const auto file = checkpoint::AdapterFile::read(models_ / "adapter");
  EXPECT_EQ(report.size(), file.pairs.size());
  const auto base = checkpoint::CheckpointReader::open(models_ / "base");
  const auto out = checkpoint::SafetensorsFile::open(directory_ / "out/model.safetensors");
  for (const std::string& name : base->names()) {
    at::Tensor want = base->tensor(name).to(at::kDouble);
    if (const auto found = file.pairs.find(name); found != file.pairs.end()) {
      want = want + found->second.scaling * at::mm(found->second.b.to(at::kDouble), found->second.a.to(at::kDouble));
      EXPECT_GT(report.at(name).added, 0);
    }
    EXPECT_LT((out->tensor(name).to(at::kDouble) - want).abs().max().item<double>(), 1e-6) << name;
  }
}

TEST_F(FoldPlan, ADeltaThatAddsNothingIsAnError) {
  InputModels models;
  EXPECT_THROW(make_fold_plan({models_ / "base", adapter(true), "base+zero"}, std::nullopt, models), CheckpointError);
}

}  // namespace
}  // namespace quartet::merge
