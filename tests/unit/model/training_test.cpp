#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "golden_model.h"
#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/model/attention.h"
#include "quartet/model/elementwise.h"
#include "tiny_model.h"

namespace quartet::model::testing {
namespace {

/// Mean negative log-likelihood of the next tokens.
at::Tensor loss_of(const Transformer& model, const at::Tensor& ids) {
  const std::int64_t tokens = ids.size(1) - 1;
  const auto logits = model.logits(model.forward(ids.narrow(1, 0, tokens)));  // [B, T, V]
  return at::cross_entropy_loss(logits.flatten(0, 1), ids.narrow(1, 1, tokens).flatten());
}

/// Compares the gradient of a leaf, along a random direction, with a central difference.
void check_gradient(const std::string& name, const at::Tensor& leaf, const std::function<at::Tensor()>& loss) {
  ASSERT_TRUE(leaf.grad().defined()) << name;
  const at::NoGradGuard no_grad;
  // Along the gradient itself the slope is its length: nothing cancels.
  const double length = leaf.grad().norm().item<double>();
  ASSERT_GT(length, 0) << name;
  const auto direction = leaf.grad() / length;
  const double step = 2e-3;     // small enough that no token changes its expert
  auto values = leaf.detach();  // shares memory with the leaf
  values.add_(direction, step);
  const double above = loss().item<double>();
  values.add_(direction, -2 * step);
  const double below = loss().item<double>();
  values.add_(direction, step);
  EXPECT_NEAR((above - below) / (2 * step), length, 2e-2 * length + 1e-3) << name;
}

class TrainingTest : public ::testing::TestWithParam<std::int64_t> {};

INSTANTIATE_TEST_SUITE_P(Experts, TrainingTest, ::testing::Values(0, 3));

TEST_P(TrainingTest, GradientsOfEveryWeightEqualFiniteDifferences) {
  for (const bool tied : {false, true}) {
    auto config = tiny_config(GetParam());
    config.tie_word_embeddings = tied;
    config.sliding_window = tied ? std::optional<std::int64_t>(4) : std::nullopt;
    LoadOptions options;
    options.trainable = true;
    const auto model = make_model(config, 1, options);
    const auto ids = random_ids({3, 12}, 50, 2);
    loss_of(*model, ids).backward();
    const auto weights = model->weights();
    EXPECT_EQ(weights.count(arch::head_name()), tied ? 0U : 1U);
    for (const auto& [name, weight] : weights) {
      EXPECT_TRUE(weight.requires_grad() && weight.is_leaf()) << name;
      check_gradient(name, weight, [&] { return loss_of(*model, ids); });
    }
  }
}

TEST_P(TrainingTest, OnlyAdaptersGetGradients) {
  const auto config = tiny_config(GetParam());
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const auto model = make_model(config, random_weights(config, 3, dtype));
    model->attach_adapter(random_adapter(config, 4), /*trainable=*/true);
    const auto ids = random_ids({3, 12}, 50, 5);
    loss_of(*model, ids).backward();
    for (const auto& [name, weight] : model->weights()) {
      EXPECT_FALSE(weight.requires_grad()) << name;
      EXPECT_FALSE(weight.grad().defined()) << name;
    }
    for (const auto& [name, pair] : model->adapters()) {
      check_gradient(name + " A", pair.a, [&] { return loss_of(*model, ids); });
      check_gradient(name + " B", pair.b, [&] { return loss_of(*model, ids); });
    }
  }
}

TEST_P(TrainingTest, RecordedForwardEqualsTheOneWithoutGradients) {
  const auto config = tiny_config(GetParam());
  LoadOptions options;
  options.trainable = true;
  const auto model = make_model(config, 6, options);
  const auto ids = random_ids({3, 40}, 50, 7);
  const auto recorded = forward_logits(*model, ids);
  EXPECT_TRUE(recorded.requires_grad());
  const at::NoGradGuard no_grad;
  const auto plain = forward_logits(*model, ids);
  EXPECT_FALSE(plain.requires_grad());
  EXPECT_LE(scaled_error(plain, recorded.detach()), 1e-6);
}

TEST_P(TrainingTest, SixteenBitCheckpointTrainsInFloat32) {
  const auto config = tiny_config(GetParam());
  LoadOptions options;
  options.trainable = true;
  const auto model = make_model(config, random_weights(config, 8, at::kBFloat16), options);
  for (const auto& [name, weight] : model->weights()) EXPECT_EQ(weight.scalar_type(), at::kFloat) << name;
}

/// Gradients of an operation of ours and of the same composed of LibTorch's.
void expect_same_gradients(std::vector<at::Tensor> leaves, const std::function<at::Tensor()>& ours,
                           const std::function<at::Tensor()>& composed) {
  std::vector<at::Tensor> first;
  const auto out = ours();
  const auto weight = at::randn_like(out);
  EXPECT_LE(scaled_error(out.detach(), composed().detach()), 1e-6);
  (out * weight).sum().backward();
  for (auto& leaf : leaves) {
    first.push_back(leaf.grad().clone());
    leaf.mutable_grad().reset();
  }
  (composed() * weight).sum().backward();
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_LE(scaled_error(first[i], leaves[i].grad()), 1e-5) << i;
    leaves[i].mutable_grad().reset();
  }
}

TEST(Elementwise, GradientsEqualThoseOfComposedOperations) {
  const auto x = at::randn({150, 24}).requires_grad_(true);
  const auto gain = at::randn({24}).requires_grad_(true);
  expect_same_gradients(
      {x, gain}, [&] { return rms_norm(x, gain, 1e-3); },
      [&] { return x * at::rsqrt(x.pow(2).mean(-1, true) + 1e-3) * gain; });
  const auto y = at::randn({150, 24}).requires_grad_(true);
  expect_same_gradients(
      {x, y}, [&] { return silu_mul(x, y); }, [&] { return at::silu(x) * y; });
  const auto table = rope_table(at::arange(50, at::kLong), 12, 10000);
  expect_same_gradients(
      {x}, [&] { return rope(x, table); },
      [&] {
        const auto heads = x.view({3, 50, 2, 12});
        const auto halves = heads.chunk(2, -1);
        const auto cos = at::cat({table.cos, table.cos}, -1).unsqueeze(1);
        const auto sin = at::cat({table.sin, table.sin}, -1).unsqueeze(1);
        return (heads * cos + at::cat({-halves[1], halves[0]}, -1) * sin).view({150, 24});
      });
}

TEST(CausalAttention, EqualsTheFormulaWithEveryMask) {
  for (const auto& [queries, keys, window] :
       {std::tuple{7, 7, 0}, {7, 7, 3}, {7, 7, 7}, {3, 10, 0}, {3, 10, 4}, {1, 10, 4}, {300, 310, 20}, {600, 600, 0}}) {
    const auto q = at::randn({2, 4, queries, 6});
    const auto k = at::randn({2, 2, keys, 6});
    const auto v = at::randn({2, 2, keys, 6});
    const auto result =
        causal_attention(q, k, v, window > 0 ? std::optional<std::int64_t>(window) : std::nullopt);  // [B, H, T, K]
    const auto wide_k = k.repeat_interleave(2, 1).to(at::kDouble);
    const auto wide_v = v.repeat_interleave(2, 1).to(at::kDouble);
    const auto scores = at::matmul(q.to(at::kDouble), wide_k.transpose(2, 3)) / std::sqrt(6.0);  // [B, H, T, S]
    const auto row = at::arange(keys - queries, keys, at::kLong).unsqueeze(1);
    const auto column = at::arange(keys, at::kLong).unsqueeze(0);
    const auto seen = (column <= row).logical_and(column > row - (window > 0 ? window : keys));
    const auto weights = at::softmax(scores.masked_fill(seen.logical_not(), -1e30), -1);
    EXPECT_LE(scaled_error(result.to(at::kDouble), at::matmul(weights, wide_v)), 1e-6)
        << queries << " queries, " << keys << " keys, window " << window;
  }
}

TEST(DecodeAttention, ComposedPathEqualsTheKernels) {
  auto config = tiny_config();
  for (const std::optional<std::int64_t> window : {std::optional<std::int64_t>(), std::optional<std::int64_t>(5)}) {
    config.sliding_window = window;
    KvCache cache(config, 3, 40, at::kFloat, at::kCPU);
    for (const std::int64_t slot : {0, 1, 2}) {
      const std::int64_t length = 3 + 4 * slot;
      cache.append(1, slot, at::randn({2, length, 6}), at::randn({2, length, 6}));
      cache.advance(slot, length);
    }
    const std::vector<std::int64_t> slots = {2, 0};
    cache.append_each(1, slots, at::randn({2, 12}), at::randn({2, 12}));
    const auto q = at::randn({2, 24});
    EXPECT_LE(scaled_error(decode_attention(q, cache, 1, slots, false), decode_attention(q, cache, 1, slots, true)),
              1e-6);
  }
}

}  // namespace
}  // namespace quartet::model::testing
