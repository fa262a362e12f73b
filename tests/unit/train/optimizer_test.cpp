#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"
#include "quartet/train/adamw.h"
#include "quartet/train/parameters.h"

namespace quartet::train {
namespace {

at::Tensor leaf(std::vector<float> values) {
  return at::tensor(values).requires_grad_();
}

TEST(AdamW, FollowsTheFormulaWithDecayBeforeTheUpdate) {
  const std::vector<double> start = {0.5, -1.25, 3};
  std::vector<Parameter> parameters = {{"w", leaf({0.5F, -1.25F, 3.F}), true},
                                       {"norm", leaf({0.5F, -1.25F, 3.F}), false}};
  GradientBuffer gradients(parameters);
  const AdamWOptions options{0.9, 0.99, 1e-8, 0.1};
  AdamW optimizer(parameters, options);
  for (int which = 0; which < 2; ++which) parameters[which].value.mutable_grad().zero_();

  std::vector<double> expected = start, m(3), v(3), undecayed = start;
  for (int t = 1; t <= 5; ++t) {
    const double lr = 0.01 * t;
    for (int i = 0; i < 3; ++i) {
      const double g = 0.3 * (i + 1) * (t % 2 == 0 ? -1 : 1);
      for (const Parameter& parameter : parameters) parameter.value.mutable_grad()[i] = g;
      m[i] = options.beta1 * m[i] + (1 - options.beta1) * g;
      v[i] = options.beta2 * v[i] + (1 - options.beta2) * g * g;
      const double update = lr * (m[i] / (1 - std::pow(options.beta1, t))) /
                            (std::sqrt(v[i] / (1 - std::pow(options.beta2, t))) + options.eps);
      expected[i] = expected[i] * (1 - lr * options.weight_decay) - update;
      undecayed[i] -= update;
    }
    optimizer.step(lr);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(parameters[0].value[i].item<double>(), expected[i], 1e-6);
    EXPECT_NEAR(parameters[1].value[i].item<double>(), undecayed[i], 1e-6);
  }
}

TEST(GradientBuffer, CollectsBackwardPassesAndClearsThem) {
  std::vector<Parameter> parameters = {{"a", leaf({1, 2})}, {"b", leaf({3})}};
  GradientBuffer gradients(parameters);
  for (int pass = 0; pass < 2; ++pass) {
    (parameters[0].value.sum() * 3 + parameters[1].value.sum() * 2).backward();
  }
  EXPECT_TRUE(at::equal(gradients.slice(0), at::tensor({6.F, 6.F})));
  EXPECT_TRUE(at::equal(gradients.slice(1), at::tensor({4.F})));
  EXPECT_NEAR(gradients.norm(), std::sqrt(36 + 36 + 16), 1e-5);
  gradients.zero();
  EXPECT_EQ(parameters[0].value.grad().abs().sum().item<float>(), 0);
}

TEST(GradientBuffer, ClipsLikeTorch) {
  std::vector<Parameter> parameters = {{"a", leaf({0, 0})}};
  GradientBuffer gradients(parameters);
  parameters[0].value.mutable_grad().copy_(at::tensor({3.F, 4.F}));
  gradients.clip(gradients.norm(), 10);  // below the bound: untouched
  EXPECT_TRUE(at::equal(gradients.slice(0), at::tensor({3.F, 4.F})));
  gradients.clip(gradients.norm(), 1);
  EXPECT_NEAR(gradients.slice(0)[0].item<double>(), 3.0 / (5 + 1e-6), 1e-6);
  EXPECT_NEAR(gradients.norm(), 1, 1e-5);
}

TEST(GradientBuffer, RefusesWhatCannotBeTrained) {
  EXPECT_THROW(GradientBuffer({{"frozen", at::zeros({2})}}), StateError);
  EXPECT_THROW(GradientBuffer({{"half", at::zeros({2}, at::kBFloat16).requires_grad_()}}), StateError);
}

}  // namespace
}  // namespace quartet::train
