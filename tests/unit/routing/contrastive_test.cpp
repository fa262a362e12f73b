#include "quartet/routing/contrastive.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"

namespace quartet::routing {
namespace {

struct Data {
  at::Tensor inputs;  // [N, D]
  at::Tensor labels;  // [N]
};

/// Classes around a large common mean, as router inputs are; `counts` tokens per class.
Data clusters(const std::vector<std::int64_t>& counts, std::int64_t width, double separation, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  at::Generator of_means = at::detail::createCPUGenerator(7);
  const at::Tensor common = 5 * at::randn({width}, of_means, at::kFloat);
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> labels;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const at::Tensor mean = common + separation * at::randn({width}, of_means, at::kFloat);
    inputs.push_back(mean + at::randn({counts[c], width}, generator, at::kFloat));
    labels.push_back(at::full({counts[c]}, static_cast<std::int64_t>(c), at::kLong));
  }
  return {at::cat(inputs), at::cat(labels)};
}

double accuracy(const at::Tensor& router, const Data& data) {
  const at::Tensor best = at::mm(data.inputs.to(at::kDouble), router.to(at::kDouble).t()).argmax(1);
  return (best == data.labels).to(at::kDouble).mean().item<double>();
}

at::Tensor of_class(const Data& data, std::int64_t c) {
  return data.inputs.to(at::kDouble).index_select(0, at::nonzero(data.labels == c).view({-1}));
}

/// The same formula written out with an inverse, without any care for speed.
at::Tensor by_the_book(const Data& data, std::int64_t num_experts, double shrinkage) {
  const std::int64_t width = data.inputs.size(1);
  const std::int64_t num_classes = data.labels.max().item<std::int64_t>() + 1;
  std::vector<at::Tensor> means;
  at::Tensor covariance = at::zeros({width, width}, at::kDouble);
  for (std::int64_t c = 0; c < num_classes; ++c) {
    const at::Tensor own = of_class(data, c);
    means.push_back(own.mean(0));
    for (std::int64_t i = 0; i < own.size(0); ++i) {
      const at::Tensor d = own[i] - means.back();
      covariance += at::outer(d, d) / static_cast<double>(num_classes * own.size(0));
    }
  }
  const at::Tensor mean = at::stack(means).mean(0);
  const double ridge = shrinkage * covariance.trace().item<double>() / static_cast<double>(width);
  const at::Tensor p = ((1 - shrinkage) * covariance + ridge * at::eye(width, at::kDouble)).inverse();
  const at::Tensor u = at::mv(p, mean) / at::dot(mean, at::mv(p, mean));
  std::vector<at::Tensor> rows;
  for (std::int64_t c = 0; c < num_experts; ++c) {
    const at::Tensor v = at::mv(p, means[c] - mean);
    const double b =
        -0.5 * at::dot(means[c] + mean, v).item<double>() + std::log(1.0 / static_cast<double>(num_classes));
    rows.push_back(v + b * u);
  }
  const at::Tensor w = at::stack(rows);
  return w - w.mean(0);
}

void expect_close(const at::Tensor& got, const at::Tensor& expected) {
  EXPECT_LE((got - expected).abs().max().item<double>(), 1e-8 * expected.abs().max().item<double>());
}

TEST(Contrastive, IsTheFormulaWithManyAndWithFewTokens) {
  const Data many = clusters({60, 50, 40}, 24, 0.8, 1);
  expect_close(fit_contrastive(many.inputs, many.labels, 3, 0.1), by_the_book(many, 3, 0.1));
  const Data few = clusters({5, 4, 6}, 40, 0.8, 1);  // fewer tokens than dimensions
  expect_close(fit_contrastive(few.inputs, few.labels, 3, 0.3), by_the_book(few, 3, 0.3));
}

TEST(Contrastive, NegativesShapeMeanAndCovarianceButHaveNoRow) {
  const Data data = clusters({60, 50, 40}, 24, 0.8, 2);
  const at::Tensor router = fit_contrastive(data.inputs, data.labels, 2, 0.1);
  EXPECT_EQ(router.size(0), 2);
  expect_close(router, by_the_book(data, 2, 0.1));
}

TEST(Contrastive, SeparatesUnseenTokensWithoutBias) {
  const Data fit = clusters({200, 200, 200, 200}, 32, 0.7, 3);
  const Data unseen = clusters({200, 200, 200, 200}, 32, 0.7, 4);
  const at::Tensor router = fit_contrastive(fit.inputs, fit.labels, 4, 0.1);
  EXPECT_GT(accuracy(router, unseen), 0.97);
  EXPECT_GT(accuracy(router.to(at::kBFloat16), unseen), 0.96);
  EXPECT_LE(router.sum(0).abs().max().item<double>(), 1e-9 * router.abs().max().item<double>());
}

TEST(Contrastive, OneTokenAClass) {
  const Data data = clusters({1, 1, 1}, 16, 1.0, 5);
  EXPECT_EQ(accuracy(fit_contrastive(data.inputs, data.labels, 3, 0.1), data), 1.0);
}

TEST(Contrastive, ClassesOfUnequalSizeCountAlike) {
  const Data fit = clusters({400, 20, 20}, 16, 0.8, 6);
  const Data unseen = clusters({200, 200, 200}, 16, 0.8, 7);
  EXPECT_GT(accuracy(fit_contrastive(fit.inputs, fit.labels, 3, 0.1), unseen), 0.9);
}

TEST(Contrastive, PermutingExpertsPermutesRows) {
  const Data data = clusters({50, 60, 40}, 20, 0.8, 8);
  const at::Tensor order = at::tensor(std::vector<std::int64_t>{2, 0, 1}, at::kLong);
  const at::Tensor router = fit_contrastive(data.inputs, data.labels, 3, 0.1);
  const at::Tensor permuted = fit_contrastive(data.inputs, order.index_select(0, data.labels), 3, 0.1);
  expect_close(permuted.index_select(0, order), router);
}

TEST(Contrastive, TwinClassesAreWarnedOf) {
  const Data data = clusters({30, 30, 30}, 12, 0.8, 9);
  const at::Tensor twice = at::cat({data.inputs, data.inputs.narrow(0, 0, 30)});
  const at::Tensor labels = at::cat({data.labels, at::full({30}, 3, at::kLong)});
  ::testing::internal::CaptureStderr();
  const at::Tensor router = fit_contrastive(twice, labels, 4, 0.1);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), ::testing::HasSubstr("experts 0 and 3"));
  expect_close(router[0], router[3]);
}

TEST(Contrastive, AClassWithoutTokensIsAnError) {
  const Data data = clusters({10, 10}, 8, 1.0, 10);
  EXPECT_THROW(fit_contrastive(data.inputs, data.labels * 2, 3, 0.1), DataError);
  EXPECT_THROW(fit_contrastive(data.inputs, data.labels, 3, 0.1), DataError);
}

TEST(Sharpness, IsTheLeastLossAndUndoesAScale) {
  const Data fit = clusters({100, 100, 100}, 16, 0.3, 11);
  const Data unseen = clusters({100, 80, 60}, 16, 0.3, 12);
  const at::Tensor router = fit_contrastive(fit.inputs, fit.labels, 3, 0.1);
  const double tau = fit_sharpness(router, unseen.inputs, unseen.labels);
  EXPECT_NEAR(fit_sharpness(4 * router, unseen.inputs, unseen.labels), tau / 4, 1e-6 * tau);
  const auto loss = [&](double factor) {
    double sum = 0;
    for (std::int64_t c = 0; c < 3; ++c) {
      sum -= at::log_softmax(factor * at::mm(of_class(unseen, c), router.t()), 1).select(1, c).mean().item<double>();
    }
    return sum;
  };
  EXPECT_LE(loss(tau), loss(1.05 * tau));
  EXPECT_LE(loss(tau), loss(0.95 * tau));
}

}  // namespace
}  // namespace quartet::routing
