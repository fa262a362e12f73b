#include "quartet/generate/sampler.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "quartet/base/error.h"

namespace quartet::generate {
namespace {

at::Tensor logits_of(std::vector<double> probabilities) {
  return at::tensor(probabilities, at::kDouble).log().to(at::kFloat);  // [V]
}

std::set<int> kept(const at::Tensor& scores) {
  std::set<int> ids;
  for (int i = 0; i < scores.numel(); ++i) {
    if (std::isfinite(scores[i].item<float>())) ids.insert(i);
  }
  return ids;
}

SamplingOptions sampling(double temperature = 1) {
  SamplingOptions options;
  options.temperature = temperature;
  return options;
}

TEST(Sampler, GreedyTakesTheFirstMaximum) {
  base::Rng rng(0, "test");
  const auto logits = at::tensor({1.0f, 3.0f, 3.0f, 2.0f});
  const Choice choice = choose_token(logits, {}, SamplingOptions{}, rng);
  EXPECT_EQ(choice.token, 1);
  const double z = std::exp(1.0) + 2 * std::exp(3.0) + std::exp(2.0);
  EXPECT_NEAR(choice.logprob_nats, 3 - std::log(z), 1e-6);
}

TEST(Sampler, RepetitionPenaltyDividesPositiveAndMultipliesNegativeScoresOncePerId) {
  auto options = sampling(0);
  options.repetition_penalty = 2;
  const auto scores = process_logits(at::tensor({4.0f, -4.0f, 0.0f, 1.0f}), {0, 0, 1, 2}, options);
  EXPECT_TRUE(at::equal(scores, at::tensor({2.0f, -8.0f, 0.0f, 1.0f})));
}

TEST(Sampler, TopKKeepsTiesAtTheKth) {
  auto options = sampling();
  options.top_k = 2;
  EXPECT_EQ(kept(process_logits(at::tensor({1.0f, 3.0f, 2.0f, 2.0f, 0.0f}), {}, options)), (std::set<int>{1, 2, 3}));
  options.top_k = 99;
  EXPECT_EQ(kept(process_logits(at::tensor({1.0f, 3.0f}), {}, options)).size(), 2u);
}

TEST(Sampler, TopPKeepsTheCrossingTokenAndDropsBehindTheExactBoundary) {
  auto options = sampling();
  const auto logits = logits_of({0.5, 0.25, 0.25});
  options.top_p = 0.6;  // 0.5 is not enough: one of the 0.25 crosses
  EXPECT_EQ(kept(process_logits(logits, {}, options)).size(), 2u);
  options.top_p = 0.5;  // the best alone reaches 0.5: cumulated 0.5 <= 1 - 0.5 drops the rest
  EXPECT_EQ(kept(process_logits(logits, {}, options)), (std::set<int>{0}));
  for (const double nothing : {1e-9, 0.0}) {  // at least one stays
    options.top_p = nothing;
    EXPECT_EQ(kept(process_logits(logits, {}, options)), (std::set<int>{0}));
  }
}

TEST(Sampler, LogitsThatAreNotFiniteAreAnErrorAndNoToken) {
  base::Rng rng(0, "test");
  const float nan = std::nanf("");
  for (const double temperature : {0.0, 1.0}) {
    for (const float bad : {nan, INFINITY}) {
      EXPECT_THROW(choose_token(at::tensor({1.0f, bad, 2.0f}), {}, sampling(temperature), rng), NumericError);
    }
    EXPECT_EQ(choose_token(at::tensor({-INFINITY, 2.0f}), {}, sampling(temperature), rng).token, 1);
  }
}

TEST(Sampler, ATinyTemperatureIsGreedy) {
  base::Rng rng(0, "test");
  for (const double temperature : {1e-8, 1e-37, 1e-300}) {
    EXPECT_EQ(choose_token(at::tensor({-3.0f, 20.0f, 19.0f}), {}, sampling(temperature), rng).token, 1) << temperature;
    EXPECT_EQ(choose_token(at::tensor({-3.0f, -1.0f, -2.0f}), {}, sampling(temperature), rng).token, 1) << temperature;
  }
}

TEST(Sampler, MinPIsAShareOfTheBestProbability) {
  auto options = sampling();
  options.min_p = 0.5;
  EXPECT_EQ(kept(process_logits(logits_of({0.5, 0.3, 0.2}), {}, options)), (std::set<int>{0, 1}));
  options.min_p = 1;
  EXPECT_EQ(kept(process_logits(logits_of({0.5, 0.3, 0.2}), {}, options)), (std::set<int>{0}));
}

TEST(Sampler, FiltersRunInOrderTemperatureTopKTopPMinP) {
  // After temperature 0.5 the distribution is sharper, so top_p 0.85 keeps two of three; before it, it would keep all.
  auto options = sampling(0.5);
  options.top_p = 0.85;
  EXPECT_EQ(kept(process_logits(logits_of({0.5, 0.3, 0.2}), {}, options)), (std::set<int>{0, 1}));
  options.temperature = 1;
  EXPECT_EQ(kept(process_logits(logits_of({0.5, 0.3, 0.2}), {}, options)), (std::set<int>{0, 1, 2}));
}

TEST(Sampler, DrawsFollowTheDistributionAndTheSeed) {
  const auto logits = logits_of({0.5, 0.3, 0.2});
  base::Rng rng(7, "draws");
  std::vector<int> counts(3);
  for (int i = 0; i < 20000; ++i) ++counts[choose_token(logits, {}, sampling(), rng).token];
  EXPECT_NEAR(counts[0] / 20000.0, 0.5, 0.02);
  EXPECT_NEAR(counts[1] / 20000.0, 0.3, 0.02);
  base::Rng first(3, "same"), second(3, "same");
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(choose_token(logits, {}, sampling(), first).token, choose_token(logits, {}, sampling(), second).token);
  }
}

TEST(Sampler, LogprobIsOfTheModelNotOfTheFilteredDistribution) {
  auto options = sampling();
  options.top_k = 1;
  base::Rng rng(0, "test");
  const Choice choice = choose_token(logits_of({0.5, 0.3, 0.2}), {}, options, rng);
  EXPECT_EQ(choice.token, 0);
  EXPECT_NEAR(choice.logprob_nats, std::log(0.5), 1e-6);
}

TEST(Sampler, BadOptionsAreListedTogether) {
  SamplingOptions options;
  options.temperature = -1;
  options.top_p = -0.5;
  options.min_p = 2;
  try {
    options.check();
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 3u);
  }
}

}  // namespace
}  // namespace quartet::generate
