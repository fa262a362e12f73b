#include <gtest/gtest.h>

#include "golden_model.h"

namespace quartet::model::testing {
namespace {

constexpr double kTolerance = 1e-5;  ///< of the logits' scale

class GoldenTest : public ::testing::TestWithParam<std::string> {
 protected:
  GoldenModel golden_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Models, GoldenTest, ::testing::ValuesIn(golden_model_names()),
                         [](const auto& each) { return each.param; });

TEST_P(GoldenTest, WholeForwardEqualsTransformers) {
  ASSERT_FALSE(golden_.prompts.empty());
  for (const auto& prompt : golden_.prompts) {
    EXPECT_LE(scaled_error(forward_logits(*golden_.model, prompt.ids)[0], prompt.logits), kTolerance)
        << prompt.ids.size(0) << " tokens";
  }
}

TEST_P(GoldenTest, ChunkedPrefillEqualsTransformers) {
  for (const std::int64_t chunk : {1, 3, 7, 8, 9, 100}) {
    auto cache = golden_.make_cache();
    for (const auto& prompt : golden_.prompts) {
      cache.reset(0);
      EXPECT_LE(scaled_error(prefill_logits(*golden_.model, prompt.ids, cache, chunk), prompt.logits), kTolerance)
          << prompt.ids.size(0) << " tokens in chunks of " << chunk;
      EXPECT_EQ(cache.length(0), prompt.ids.size(0));
    }
  }
}

TEST_P(GoldenTest, CachedDecodeEqualsTransformers) {
  for (const auto& prompt : golden_.prompts) {
    auto cache = golden_.make_cache();
    std::vector<at::Tensor> hidden;
    for (std::int64_t t = 0; t < prompt.ids.size(0); ++t) {
      hidden.push_back(golden_.model->decode(prompt.ids.narrow(0, t, 1), cache, {0}));
    }
    EXPECT_LE(scaled_error(golden_.model->logits(at::cat(hidden, 0)), prompt.logits), kTolerance);
  }
}

TEST_P(GoldenTest, GreedyContinuationIsTheSame) {
  for (const auto& prompt : golden_.prompts) {
    auto cache = golden_.make_cache();
    auto hidden = golden_.model->prefill(prompt.ids, cache, 0);
    std::vector<std::int64_t> answer;
    for (std::int64_t i = 0; i < prompt.greedy.size(0); ++i) {
      const auto logits = golden_.model->logits(hidden.narrow(0, hidden.size(0) - 1, 1));
      const auto next = logits.argmax(-1);
      answer.push_back(next.item<std::int64_t>());
      hidden = golden_.model->decode(next, cache, {0});
    }
    const auto* expected = prompt.greedy.const_data_ptr<std::int64_t>();
    EXPECT_EQ(answer, std::vector<std::int64_t>(expected, expected + prompt.greedy.size(0)));
  }
}

TEST_P(GoldenTest, RouterLogitsEqualTransformers) {
  for (const auto& prompt : golden_.prompts) {
    std::vector<at::Tensor> logits;
    Taps taps;
    taps.routing = [&](const RoutingEvent& event) {
      EXPECT_EQ(event.layer, static_cast<std::int64_t>(logits.size()));
      EXPECT_LE((event.weights.sum(-1) - 1).abs().max().item<double>(), 1e-6);
      logits.push_back(event.logits);
    };
    golden_.model->forward(prompt.ids.unsqueeze(0), taps);
    ASSERT_EQ(logits.size(), prompt.router_logits.size());
    for (std::size_t layer = 0; layer < logits.size(); ++layer) {
      EXPECT_LE(scaled_error(logits[layer], prompt.router_logits[layer]), kTolerance);
    }
  }
}

}  // namespace
}  // namespace quartet::model::testing
