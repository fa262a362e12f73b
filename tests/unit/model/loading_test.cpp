#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden_model.h"
#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/model/matmul.h"
#include "quartet/model/router.h"
#include "tiny_model.h"

namespace quartet::model::testing {
namespace {

using ::testing::HasSubstr;

TEST(Loading, MissingTensorIsNamed) {
  auto weights = random_weights(tiny_config(), 1);
  weights.erase("model.layers.1.mlp.up_proj.weight");
  try {
    make_model(tiny_config(), weights);
    FAIL() << "no error";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("model.layers.1.mlp.up_proj.weight"));
  }
}

TEST(Loading, WrongShapeIsNamed) {
  auto weights = random_weights(tiny_config(), 1);
  weights["model.norm.weight"] = at::ones({23});
  EXPECT_THROW(make_model(tiny_config(), weights), CheckpointError);
}

TEST(Loading, SixteenBitWeightsStayAndComputeInFloat32) {
  const auto config = tiny_config();
  const auto weights = random_weights(config, 2, at::kBFloat16);
  const auto model = make_model(config, weights);
  EXPECT_EQ(model->compute_dtype(), at::kFloat);
  EXPECT_EQ(model->cache_dtype(), at::kFloat);
  EXPECT_EQ(model->weights().at(arch::head_name()).scalar_type(), at::kBFloat16);
  LoadOptions options;
  options.dtype = at::kFloat;
  const auto widened = make_model(config, weights, options);
  EXPECT_EQ(widened->weights().at(arch::head_name()).scalar_type(), at::kFloat);
  const auto ids = random_ids({2, 40}, 50, 3);  // 80 rows: the panels, not the matrix-vector kernels
  EXPECT_LE(scaled_error(forward_logits(*model, ids), forward_logits(*widened, ids)), 1e-6);
  EXPECT_LT(model->weight_bytes_per_token(), widened->weight_bytes_per_token() * 6 / 10);
}

TEST(Loading, WeightsAreUsedWhereTheFileIsMapped) {
  for (const char* name : {"mistral_gqa2", "mistral_bfloat16", "mixtral_e4k2"}) {
    const GoldenModel golden(name);
    for (const auto& [weight, value] : golden.model->weights()) {
      if (value.dim() != 2) continue;
      EXPECT_EQ(value.const_data_ptr(), golden.reader->tensor(weight).const_data_ptr()) << weight;
    }
  }
}

TEST(Loading, AskedDtypeRoundsTheWeights) {
  LoadOptions options;
  options.dtype = at::kBFloat16;
  const auto config = tiny_config();
  const auto weights = random_weights(config, 4);
  const auto model = make_model(config, weights, options);
  EXPECT_TRUE(same_bits(model->weights().at(arch::head_name()), weights.at(arch::head_name()).to(at::kBFloat16)));
}

TEST(Loading, AdapterOfAnotherModelIsRefused) {
  const auto model = make_model(tiny_config());
  EXPECT_THROW(model->attach_adapter(random_adapter(tiny_config(3), 5), false), CheckpointError);
}

TEST(Passes, RunInInferenceModeOnAnyCache) {
  const auto model = make_model(tiny_config(3));
  const auto ids = random_ids({9}, 50, 6);
  KvCache cache(model->config(), 1, 16, at::kFloat, at::kCPU);
  const auto expected = prefill_logits(*model, ids, cache, 4);
  cache.reset(0);
  const c10::InferenceMode mode;
  EXPECT_TRUE(same_bits(prefill_logits(*model, ids, cache, 4), expected));
  const auto whole = forward_logits(*model, ids)[0];  // other products than the cached pass: equal up to rounding
  EXPECT_LE((whole - expected).abs().max().item<float>(), 1e-5 * expected.abs().max().item<float>());
}

TEST(Passes, WrongCallsAreErrors) {
  const auto config = tiny_config();
  const auto model = make_model(config);
  KvCache cache(config, 2, 8, at::kFloat, at::kCPU);
  EXPECT_THROW(model->forward(random_ids({4}, 50, 1)), ShapeError);
  EXPECT_THROW(model->prefill(random_ids({1, 4}, 50, 1), cache, 0), ShapeError);
  EXPECT_THROW(model->prefill(random_ids({9}, 50, 1), cache, 0), StateError);
  EXPECT_THROW(model->prefill(random_ids({1}, 50, 1), cache, 2), StateError);
  EXPECT_THROW(model->decode(random_ids({2}, 50, 1), cache, {0}), ShapeError);
  EXPECT_THROW(model->decode(random_ids({2}, 50, 1), cache, {1, 1}), StateError);
  EXPECT_THROW(model->logits(at::zeros({2, 23})), ShapeError);
  EXPECT_THROW(KvCache(config, 0, 8, at::kFloat, at::kCPU), StateError);
  model->prefill(random_ids({8}, 50, 1), cache, 0);
  EXPECT_THROW(model->decode(random_ids({1}, 50, 1), cache, {0}), StateError);
  EXPECT_EQ(cache.length(0), 8);
}

TEST(Router, LowerIndexWinsTiesAndWeightsSumToOne) {
  const auto logits = at::tensor({1.0F, 3.0F, 3.0F, 3.0F, -200.0F, 1.0F, 1.0F, 0.0F}).view({2, 4});
  const auto routing = route(logits, 2);
  EXPECT_TRUE(at::equal(routing.experts, at::tensor({1, 2, 1, 2}, at::kLong).view({2, 2})));
  EXPECT_TRUE(at::equal(routing.weights, at::full({2, 2}, 0.5F)));
  const auto all = route(logits, 4);
  EXPECT_LE((all.weights - at::softmax(logits, -1).gather(-1, all.experts)).abs().max().item<double>(), 1e-7);
}

TEST(Matmul, SixteenBitPanelsEqualWidenedProducts) {
  const auto x = at::randn({40, 1030});
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    const auto w = at::randn({2100, 1030}).to(dtype);  // three panels, the last one short
    EXPECT_LE(scaled_error(gemm(x, w), at::linear(x, w.to(at::kFloat))), 1e-6);
    EXPECT_LE(scaled_error(gemv(x, w), at::linear(x, w.to(at::kFloat))), 1e-6);
  }
}

TEST(Matmul, ManyProductsInOneRegionEqualEachAlone) {
  std::vector<GemvTask> tasks;
  for (const auto& [m, in, out] : {std::tuple{1, 300, 700}, {5, 64, 3}, {2, 1000, 1001}}) {
    const auto w = at::randn({out, in}).to(out == 3 ? at::kHalf : at::kFloat);
    tasks.push_back({at::randn({m, in}), w, at::full({m, out}, -7.0F)});
  }
  gemv_all(tasks);
  for (const auto& task : tasks) {
    EXPECT_LE(scaled_error(task.y, at::linear(task.x, task.w.to(at::kFloat))), 1e-6);
    EXPECT_TRUE(same_bits(task.y, gemv(task.x, task.w)));
  }
  EXPECT_THROW(gemv(at::ones({1, 2}), at::ones({2, 2}, at::kDouble)), StateError);
}

}  // namespace
}  // namespace quartet::model::testing
