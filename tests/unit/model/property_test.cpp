// Properties that hold for any weights and need no golden.
#include <gtest/gtest.h>

#include "golden_model.h"
#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "tiny_model.h"

namespace quartet::model::testing {
namespace {

using arch::Projection;

constexpr double kTolerance = 1e-5;  ///< of the logits' scale, where products are taken in other orders

struct Shape {
  const char* name;
  std::int64_t num_experts;
  std::optional<std::int64_t> window;
};

class AnyModelTest : public ::testing::TestWithParam<Shape> {
 protected:
  arch::ModelConfig config() const {
    auto config = tiny_config(GetParam().num_experts);
    config.sliding_window = GetParam().window;
    return config;
  }
};

INSTANTIATE_TEST_SUITE_P(Shapes, AnyModelTest,
                         ::testing::Values(Shape{"dense", 0, std::nullopt}, Shape{"dense_window", 0, 5},
                                           Shape{"sparse", 4, std::nullopt}, Shape{"sparse_window", 3, 4}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(AnyModelTest, FutureTokenChangesNoPastLogit) {
  const auto model = make_model(config());
  const auto ids = random_ids({1, 20}, 50, 1);
  const auto before = forward_logits(*model, ids);
  for (const std::int64_t changed : {1, 9, 19}) {
    auto other = ids.clone();
    other[0][changed] = (ids[0][changed].item<std::int64_t>() + 7) % 50;
    const auto after = forward_logits(*model, other);
    EXPECT_TRUE(same_bits(after.narrow(1, 0, changed), before.narrow(1, 0, changed)));
    EXPECT_FALSE(same_bits(after[0][changed], before[0][changed]));
  }
}

TEST_P(AnyModelTest, PaddingInfluencesNothing) {
  const auto model = make_model(config());
  const auto ids = random_ids({3, 18}, 50, 2);
  const std::vector<std::int64_t> lengths = {18, 7, 1};
  auto padded = ids.clone();
  for (std::int64_t b = 0; b < 3; ++b) padded[b].narrow(0, lengths[b], 18 - lengths[b]).fill_(0);
  const auto logits = forward_logits(*model, padded);
  const auto with_other_padding = forward_logits(*model, ids);
  for (std::int64_t b = 0; b < 3; ++b) {
    const auto own = logits[b].narrow(0, 0, lengths[b]);
    const auto other = with_other_padding[b].narrow(0, 0, lengths[b]);
    // Padding takes part in the sizes of the experts' products, so a mixture may round differently.
    EXPECT_TRUE(GetParam().num_experts > 0 ? scaled_error(own, other) <= kTolerance : same_bits(own, other));
    EXPECT_LE(scaled_error(own, forward_logits(*model, ids[b].narrow(0, 0, lengths[b]))[0]), kTolerance);
  }
}

TEST_P(AnyModelTest, DecodeBitsDoNotDependOnTheBatch) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const auto model = make_model(config(), random_weights(config(), 3, dtype));
    constexpr std::int64_t kSlots = 7;
    KvCache together(model->config(), kSlots, 64, model->cache_dtype(), at::kCPU);
    KvCache alone(model->config(), kSlots, 64, model->cache_dtype(), at::kCPU);
    const auto prompts = random_ids({kSlots, 16}, 50, 4);
    std::vector<std::int64_t> slots;
    for (std::int64_t slot = 0; slot < kSlots; ++slot) {
      for (KvCache* cache : {&together, &alone}) model->prefill(prompts[slot].narrow(0, 0, 1 + 2 * slot), *cache, slot);
      slots.insert(slots.begin(), slot);  // in an order of its own
    }
    for (int step = 0; step < 6; ++step) {
      const auto ids = random_ids({kSlots}, 50, 5 + static_cast<std::uint64_t>(step));
      const auto hidden = model->decode(ids, together, slots);
      const auto logits = model->logits(hidden);
      for (std::int64_t row = 0; row < kSlots; ++row) {
        const auto own = model->decode(ids.narrow(0, row, 1), alone, {slots[static_cast<std::size_t>(row)]});
        ASSERT_TRUE(same_bits(own[0], hidden[row])) << "step " << step << " row " << row << " " << dtype;
        ASSERT_TRUE(same_bits(model->logits(own)[0], logits[row]));
      }
    }
  }
}

TEST_P(AnyModelTest, PrefillInChunksThenDecodeEqualsWholeForward) {
  const auto model = make_model(config());
  const auto ids = random_ids({30}, 50, 6);
  const auto whole = forward_logits(*model, ids)[0];
  for (const std::int64_t chunk : {1, 3, 7, 30}) {
    KvCache cache(model->config(), 3, 30, model->cache_dtype(), at::kCPU);
    const auto first = prefill_logits(*model, ids.narrow(0, 0, 21), cache, chunk, /*slot=*/1);
    EXPECT_LE(scaled_error(first, whole.narrow(0, 0, 21)), kTolerance) << "chunk " << chunk;
    for (std::int64_t t = 21; t < 30; ++t) {
      EXPECT_LE(scaled_error(model->logits(model->decode(ids.narrow(0, t, 1), cache, {1}))[0], whole[t]), kTolerance);
    }
    EXPECT_EQ(cache.length(1), 30);
    EXPECT_EQ(cache.length(0), 0);
    cache.reset(1);  // a slot that held another sequence
    EXPECT_LE(scaled_error(prefill_logits(*model, ids, cache, chunk, 1), whole), kTolerance);
  }
}

TEST_P(AnyModelTest, SixteenBitCacheIsNear) {
  if (GetParam().num_experts > 0) GTEST_SKIP() << "rounded keys may send a token to another expert";
  const auto model = make_model(config());
  const auto ids = random_ids({12}, 50, 7);
  const auto whole = forward_logits(*model, ids)[0];
  for (const auto& [dtype, tolerance] : {std::pair(at::kBFloat16, 2e-2), std::pair(at::kHalf, 2e-3)}) {
    KvCache cache(model->config(), 1, 12, dtype, at::kCPU);
    prefill_logits(*model, ids.narrow(0, 0, 11), cache, 4);
    const auto last = model->logits(model->decode(ids.narrow(0, 11, 1), cache, {0}))[0];
    EXPECT_LE(scaled_error(last, whole[11]), tolerance);
    EXPECT_FALSE(same_bits(last, whole[11]));
  }
}

TEST_P(AnyModelTest, AdapterAtInitialisationChangesNoBit) {
  const auto plain = make_model(config());
  const auto adapted = make_model(config());
  adapted->attach_adapter(random_adapter(config(), 8, /*zero_b=*/true), /*trainable=*/false);
  const auto ids = random_ids({1, 17}, 50, 9);
  EXPECT_TRUE(same_bits(forward_logits(*adapted, ids), forward_logits(*plain, ids)));
  KvCache left(config(), 1, 32, at::kFloat, at::kCPU);
  KvCache right(config(), 1, 32, at::kFloat, at::kCPU);
  EXPECT_TRUE(same_bits(prefill_logits(*adapted, ids[0], left, 4), prefill_logits(*plain, ids[0], right, 4)));
  const auto next = random_ids({1}, 50, 10);
  EXPECT_TRUE(same_bits(adapted->decode(next, left, {0}), plain->decode(next, right, {0})));
}

TEST_P(AnyModelTest, FoldedAdapterEqualsLiveOne) {
  const auto model = make_model(config());
  const auto ids = random_ids({1, 17}, 50, 11);
  const auto base = forward_logits(*model, ids);
  const auto adapter = random_adapter(config(), 12);
  model->attach_adapter(adapter, /*trainable=*/false);
  EXPECT_EQ(model->adapters().size(), adapter.pairs.size());
  const auto live = forward_logits(*model, ids);
  KvCache cache(config(), 1, 32, at::kFloat, at::kCPU);
  EXPECT_LE(scaled_error(prefill_logits(*model, ids[0], cache, 5), live[0]), kTolerance);
  model->fold_adapters();
  EXPECT_TRUE(model->adapters().empty());
  EXPECT_LE(scaled_error(forward_logits(*model, ids), live), kTolerance);
  EXPECT_GT(scaled_error(live, base), 1e-2);
}

TEST_P(AnyModelTest, SecondAdapterOnTheSameWeightIsRefused) {
  const auto model = make_model(config());
  model->attach_adapter(random_adapter(config(), 13), false);
  EXPECT_THROW(model->attach_adapter(random_adapter(config(), 14), false), StateError);
}

TEST_P(AnyModelTest, TapsSeeEveryLayer) {
  const auto model = make_model(config());
  std::vector<std::string> seen;
  Taps taps;
  taps.layer_input = [&](std::int64_t layer, const at::Tensor& h) {
    seen.push_back("in" + std::to_string(layer) + " " + std::to_string(h.dim()));
  };
  taps.router_input = [&](std::int64_t layer, const at::Tensor& x) {
    seen.push_back("router" + std::to_string(layer) + " " + std::to_string(x.dim()));
  };
  std::int64_t events = 0;
  taps.routing = [&](const RoutingEvent& event) {
    EXPECT_EQ(event.experts.sizes(), (std::vector<std::int64_t>{6, 2}));
    EXPECT_EQ(event.logits.sizes(), (std::vector<std::int64_t>{6, GetParam().num_experts}));
    ++events;
  };
  model->forward(random_ids({2, 3}, 50, 15), taps);
  EXPECT_EQ(seen, (std::vector<std::string>{"in0 3", "router0 3", "in1 3", "router1 3"}));
  EXPECT_EQ(events, GetParam().num_experts > 0 ? 2 : 0);
}

/// The dense model whose MLPs are those of one expert.
TensorMap dense_of_expert(const TensorMap& sparse, const arch::ModelConfig& config, std::int64_t expert) {
  TensorMap dense;
  for (const auto& spec : {arch::embedding_name(), arch::final_norm_name(), arch::head_name()}) {
    dense[spec] = sparse.at(spec);
  }
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    for (const auto& name : {arch::input_norm_name(layer), arch::post_attention_norm_name(layer)}) {
      dense[name] = sparse.at(name);
    }
    for (const Projection projection : arch::all_projections()) {
      dense[arch::projection_name(layer, projection)] =
          sparse.at(arch::is_attention(projection) ? arch::projection_name(layer, projection)
                                                   : arch::expert_name(layer, expert, projection));
    }
  }
  return dense;
}

TEST(Mixture, CopiesOfOneExpertEqualTheDenseModel) {
  const auto config = tiny_config(4);
  auto weights = random_weights(config, 16);
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    for (const Projection projection : {Projection::kGate, Projection::kUp, Projection::kDown}) {
      for (std::int64_t e = 1; e < 4; ++e) {
        weights[arch::expert_name(layer, e, projection)] = weights[arch::expert_name(layer, 0, projection)];
      }
    }
  }
  const auto ids = random_ids({2, 15}, 50, 17);
  const auto dense = make_model(tiny_config(), dense_of_expert(weights, config, 0));
  EXPECT_LE(scaled_error(forward_logits(*make_model(config, weights), ids), forward_logits(*dense, ids)), kTolerance);
}

TEST(Mixture, ForcedExpertEqualsItsDenseModel) {
  const auto config = tiny_config(3);
  const auto weights = random_weights(config, 18);
  const auto model = make_model(config, weights);
  const auto ids = random_ids({1, 15}, 50, 19);
  const auto routed = forward_logits(*model, ids);
  for (std::int64_t e = 0; e < 3; ++e) {
    model->force_expert(e);
    const auto dense = make_model(tiny_config(), dense_of_expert(weights, config, e));
    EXPECT_LE(scaled_error(forward_logits(*model, ids), forward_logits(*dense, ids)), kTolerance);
  }
  model->force_expert(std::nullopt);
  EXPECT_TRUE(same_bits(forward_logits(*model, ids), routed));
  EXPECT_THROW(model->force_expert(3), StateError);
}

TEST(Mixture, OrderOfExpertsDoesNotMatter) {
  const auto config = tiny_config(4);
  const auto weights = random_weights(config, 20);
  const std::vector<std::int64_t> order = {2, 0, 3, 1};
  auto permuted = weights;
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    const auto router = weights.at(arch::router_name(layer));  // [E, D]
    permuted[arch::router_name(layer)] = router.index_select(0, at::tensor(order, at::kLong));
    for (const Projection projection : {Projection::kGate, Projection::kUp, Projection::kDown}) {
      for (std::int64_t e = 0; e < 4; ++e) {
        permuted[arch::expert_name(layer, e, projection)] =
            weights.at(arch::expert_name(layer, order[static_cast<std::size_t>(e)], projection));
      }
    }
  }
  const auto ids = random_ids({2, 15}, 50, 21);
  const auto expected = forward_logits(*make_model(config, weights), ids);
  EXPECT_LE(scaled_error(forward_logits(*make_model(config, permuted), ids), expected), kTolerance);
}

TEST(Mixture, BytesOfATokenCountChosenExpertsOnly) {
  const auto sparse = make_model(tiny_config(4));
  const auto dense = make_model(tiny_config());
  const std::uint64_t expert_bytes = 3 * 24 * 32 * 4;
  const std::uint64_t router_bytes = 4 * 24 * 4;
  EXPECT_EQ(sparse->weight_bytes_per_token(), dense->weight_bytes_per_token() + 2 * (expert_bytes + router_bytes));
}

}  // namespace
}  // namespace quartet::model::testing
