#include "quartet/train/language_head.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"

namespace quartet::train {
namespace {

const base::Language* language(const char* name) {
  return base::find_language(name);
}

/// Two rows of two languages; their router inputs differ by sign.
struct Fixture {
  std::vector<data::Sample> samples = {{{1, 5, 6}, {0, 1, 1}, language("python")}, {{1, 7}, {0, 1}, language("java")}};
  data::Batch batch = data::collate(samples, {0, 1}, at::kCPU);
  at::Tensor hidden = at::stack({at::ones({3, 4}), -at::ones({3, 4})}).requires_grad_();  // [B, T, D]
  LanguageHead head{{language("python"), language("java")}, 2, 4, at::kCPU, AdamWOptions{}};

  LanguageHead::Loss loss() {
    const auto tap = head.tap();
    tap(0, hidden);
    tap(1, hidden.flatten(0, 1) * 2);
    return head.loss(batch, batch.num_tokens());
  }
};

TEST(LanguageHead, StartsUndecidedAndLearns) {
  Fixture fixture;
  EXPECT_NEAR(fixture.loss().mean_nats.item<double>(), std::log(2.0), 1e-6);
  for (int step = 0; step < 200; ++step) {
    fixture.loss().mean_nats.backward();
    fixture.head.step(0.05);
  }
  const LanguageHead::Loss learnt = fixture.loss();
  EXPECT_LT(learnt.mean_nats.item<double>(), 0.05);
  EXPECT_EQ(learnt.num_correct, 5);
}

TEST(LanguageHead, ItsGradientReachesEveryRealTokenAndNoPadding) {
  Fixture fixture;
  fixture.loss().mean_nats.backward();
  fixture.head.step(0.1);  // from zero weights no gradient flows back
  fixture.hidden.mutable_grad().zero_();
  fixture.loss().mean_nats.backward();
  const at::Tensor size = fixture.hidden.grad().abs().sum(-1).flatten();  // [B * T]
  for (const std::int64_t row : {0, 1, 2, 3, 4}) EXPECT_GT(size[row].item<float>(), 0) << row;
  EXPECT_EQ(size[5].item<float>(), 0);
}

TEST(LanguageHead, NeedsTwoLanguages) {
  EXPECT_THROW(LanguageHead({language("python")}, 1, 4, at::kCPU, {}), ConfigError);
}

}  // namespace
}  // namespace quartet::train
