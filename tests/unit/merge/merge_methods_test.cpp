// The methods on small vectors whose results can be worked out by hand.
#include "quartet/merge/merge_methods.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"

namespace quartet::merge {
namespace {

using Values = std::vector<float>;
using Parameters = std::map<std::string, double>;

Values run(const MethodSpec& method, const std::vector<Values>& inputs, std::optional<std::size_t> base,
           const std::vector<Parameters>& of_models, Parameters values, at::ScalarType work_dtype = at::kFloat,
           at::ScalarType input_dtype = at::kFloat, at::ScalarType out_dtype = at::kFloat) {
  BlendArguments arguments{{}, base, {}, {}, work_dtype};
  for (const ParameterSpec& spec : method.parameters) {
    if (!spec.per_model) arguments.values[spec.name] = *spec.fallback;
  }
  for (const auto& [name, value] : values) arguments.values[name] = value;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arguments.inputs.push_back(at::tensor(inputs[i]).to(input_dtype));
    Parameters own = of_models[i];
    if (method.find_parameter("density") != nullptr) own.try_emplace("density", 1);
    arguments.model_values.push_back(own);
  }
  at::Tensor out = at::empty({static_cast<std::int64_t>(inputs[0].size())}, at::TensorOptions(out_dtype));
  method.prepare(arguments)->apply(0, out);
  const at::Tensor floats = out.to(at::kFloat);
  return Values(floats.const_data_ptr<float>(), floats.const_data_ptr<float>() + floats.numel());
}

TEST(Linear, NormalizesUnlessTold) {
  const std::vector<Values> inputs{{1, 2}, {3, 6}};
  EXPECT_EQ(run(linear_method(), inputs, {}, {{{"weight", 1}}, {{"weight", 3}}}, {}), (Values{2.5, 5}));
  EXPECT_EQ(run(linear_method(), inputs, {}, {{{"weight", 1}}, {{"weight", -3}}}, {{"normalize", 0}}),
            (Values{-8, -16}));
  EXPECT_EQ(run(linear_method(), inputs, {}, {{{"weight", 1}}, {{"weight", 3}}}, {{"normalize", 0}}), (Values{10, 20}));
}

TEST(Linear, WeightsThatSumToZeroAreNotHidden) {
  const Values out = run(linear_method(), {{1, 0}, {3, 0}}, {}, {{{"weight", 1}}, {{"weight", -1}}}, {});
  EXPECT_TRUE(std::isinf(out[0]));
  EXPECT_TRUE(std::isnan(out[1]));
}

TEST(Linear, NarrowInputsAreSummedInFloat32AndRoundedOnce) {
  // 1 + 2^-9 + 2^-9: each step alone would be lost in bfloat16.
  const float tiny = 0x1p-9F;
  const Values out = run(linear_method(), {{1}, {tiny}, {tiny}, {tiny}, {tiny}}, {},
                         {{{"weight", 1}}, {{"weight", 1}}, {{"weight", 1}}, {{"weight", 1}}, {{"weight", 1}}},
                         {{"normalize", 0}}, at::kBFloat16, at::kBFloat16);
  EXPECT_EQ(out, (Values{1 + 4 * tiny}));
}

TEST(Linear, WorkDtypeAndOutputDtype) {
  const Values x{1.00390625F};  // 1 + 2^-8: halfway in bfloat16
  EXPECT_EQ(run(linear_method(), {x}, {}, {{{"weight", 1}}}, {}, at::kFloat, at::kFloat, at::kBFloat16),
            (Values{1.0F}));
  const Values y{1.01171875F};  // 1 + 3 * 2^-8
  EXPECT_EQ(run(linear_method(), {y}, {}, {{{"weight", 1}}}, {}, at::kFloat, at::kFloat, at::kBFloat16),
            (Values{1.015625F}));
  EXPECT_EQ(run(linear_method(), {y}, {}, {{{"weight", 1}}}, {}, at::kFloat, at::kFloat, at::kHalf), y);
}

TEST(TaskArithmetic, AddsWeightedDeltas) {
  const std::vector<Values> inputs{{1, 1}, {2, 0}, {1, 5}};
  const std::vector<Parameters> weights{{}, {{"weight", 0.5}}, {{"weight", 0.25}}};
  EXPECT_EQ(run(task_arithmetic_method(), inputs, 0, weights, {}), (Values{1.5, 1.5}));
  EXPECT_EQ(run(task_arithmetic_method(), inputs, 0, weights, {{"lambda", 2}}), (Values{2, 2}));
  const Values normalized = run(task_arithmetic_method(), inputs, 0, weights, {{"normalize", 1}});
  EXPECT_FLOAT_EQ(normalized[0], 1 + 0.5F / 0.75F);
}

TEST(TaskArithmetic, ABaseAloneIsItself) {
  EXPECT_EQ(run(task_arithmetic_method(), {{1, -2}}, 0, {{}}, {}), (Values{1, -2}));
}

TEST(Ties, OppositeEqualDeltasGoPositiveAndZerosDoNotCount) {
  const std::vector<Parameters> weights{{}, {{"weight", 1}}, {{"weight", 1}}};
  // Element 0: +1 against -1 -> + wins. Element 1: only one delta is not zero: divided by 1. Element 2: both agree.
  EXPECT_EQ(run(ties_method(), {{0, 0, 0}, {1, 2, 1}, {-1, 0, 3}}, 0, weights, {}), (Values{1, 2, 2}));
}

TEST(Ties, SignsAreElectedOnWeightedDeltas) {
  const std::vector<Values> inputs{{0}, {3}, {-1}};
  EXPECT_EQ(run(ties_method(), inputs, 0, {{}, {{"weight", 0.5}}, {{"weight", 0.5}}}, {}), (Values{3}));
  // The larger weight of the smaller delta turns the vote.
  EXPECT_EQ(run(ties_method(), inputs, 0, {{}, {{"weight", 0.125}}, {{"weight", 0.875}}}, {}), (Values{-1}));
}

TEST(Ties, DensityKeepsTheLargest) {
  const std::vector<Values> inputs{{0, 0, 0, 0}, {0.1F, -4, 2, -0.3F}};
  const auto at_density = [&](double density) {
    return run(ties_method(), inputs, 0, {{}, {{"weight", 1}, {"density", density}}}, {});
  };
  EXPECT_EQ(at_density(0.5), (Values{0, -4, 2, 0}));
  EXPECT_EQ(at_density(0.01), (Values{0, -4, 0, 0}));  // at least one
  EXPECT_EQ(at_density(0), (Values{0, 0, 0, 0}));
  EXPECT_EQ(at_density(1), inputs[1]);
  EXPECT_EQ(at_density(7), inputs[1]);
}

TEST(Ties, LowestIndexWinsAtTheThreshold) {
  EXPECT_EQ(run(ties_method(), {{0, 0, 0, 0}, {1, -1, 1, -1}}, 0, {{}, {{"weight", 1}, {"density", 0.5}}}, {}),
            (Values{1, -1, 0, 0}));
}

TEST(Ties, WhatIsNotFiniteIsNeverOutvoted) {
  for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
    for (const double density : {0.5, 1.0}) {
      const Parameters own{{"weight", 0.5}, {"density", density}};
      const Values out = run(ties_method(), {{0, 0}, {bad, 1}, {2, 3}, {2, 3}}, 0, {{}, own, own, own}, {});
      EXPECT_FALSE(std::isfinite(out[0])) << bad << " " << density;
      EXPECT_TRUE(std::isfinite(out[1]));
    }
  }
}

TEST(Ties, RescaleIsRefused) {
  EXPECT_THROW(run(ties_method(), {{0}, {1}}, 0, {{}, {{"weight", 1}}}, {{"rescale", 1}}), ConfigError);
}

TEST(Methods, ResultsDoNotDependOnRanges) {
  const std::int64_t size = 3 * kBlockElements + 77;
  const at::Tensor base = at::arange(size, at::kFloat).sin();
  const at::Tensor other = base + at::arange(size, at::kFloat).cos() * 0.01;
  BlendArguments arguments{{base, other}, 0, {{}, {{"weight", 0.7}, {"density", 0.3}}}, {}, at::kFloat};
  for (const ParameterSpec& spec : ties_method().parameters) {
    if (!spec.per_model) arguments.values[spec.name] = *spec.fallback;
  }
  const auto blend = ties_method().prepare(arguments);
  at::Tensor whole = at::empty({size});
  blend->apply(0, whole);
  at::Tensor tail = at::empty({size - 2 * kBlockElements});
  blend->apply(2 * kBlockElements, tail);
  EXPECT_TRUE(at::equal(whole.narrow(0, 2 * kBlockElements, tail.numel()), tail));
}

}  // namespace
}  // namespace quartet::merge
