#include "quartet/generate/sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/tensor/shape_check.h"

namespace quartet::generate {
namespace {

constexpr float kDropped = -std::numeric_limits<float>::infinity();
// Below this, dividing by the temperature could leave float's range.
constexpr double kTinyTemperature = 1e-30;

void apply_repetition_penalty(at::Tensor& scores, const std::vector<std::int64_t>& seen, double penalty) {
  std::vector<std::int64_t> ids(seen);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  float* values = scores.data_ptr<float>();
  const auto theta = static_cast<float>(penalty);
  for (const std::int64_t id : ids) {
    if (id < scores.numel()) values[id] = values[id] < 0 ? values[id] * theta : values[id] / theta;
  }
}

void apply_temperature(at::Tensor& scores, double temperature) {
  if (temperature < kTinyTemperature) scores.sub_(scores.max());  // the best ones stay finite, at 0
  scores.div_(std::max<double>(temperature, std::numeric_limits<float>::min()));
}

void apply_top_k(at::Tensor& scores, std::int64_t k) {
  if (k >= scores.numel()) return;
  const auto kth = std::get<0>(at::topk(scores, k)).select(0, k - 1);  // []
  scores.masked_fill_(scores < kth, kDropped);
}

void apply_top_p(at::Tensor& scores, double p) {
  // Ascending, as the reference does it: the cumulative sum's rounding decides at the boundary.
  auto [sorted, order] = scores.sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);  // [V], [V]
  auto drop = sorted.softmax(0).cumsum(0) <= 1 - p;                                      // [V]
  drop.select(0, -1).fill_(false);                                                       // the best one always stays
  scores.masked_fill_(at::zeros_like(drop).scatter(0, order, drop), kDropped);
}

void apply_min_p(at::Tensor& scores, double min_p) {
  const auto probabilities = scores.softmax(0);  // [V]
  auto drop = probabilities < min_p * probabilities.max();
  drop.select(0, scores.argmax(0).item<std::int64_t>()).fill_(false);
  scores.masked_fill_(drop, kDropped);
}

std::int64_t draw(const at::Tensor& scores, base::Rng& rng) {
  const auto probabilities = scores.softmax(0).contiguous();  // [V]
  const float* p = probabilities.const_data_ptr<float>();
  const std::int64_t n = probabilities.numel();
  double total = 0;
  for (std::int64_t i = 0; i < n; ++i) total += p[i];
  if (!std::isfinite(total)) {
    throw NumericError(
        "the scores are not finite: the model's weights are damaged, or --repetition-penalty is extreme");
  }
  double left = rng.uniform() * total;
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (p[i] <= 0) continue;
    last = i;
    left -= p[i];
    if (left < 0) return i;
  }
  return last;  // rounding left a sliver behind the last token
}

std::int64_t first_maximum(const at::Tensor& scores) {
  const float* begin = scores.const_data_ptr<float>();
  return std::max_element(begin, begin + scores.numel()) - begin;
}

}  // namespace

void SamplingOptions::check() const {
  std::vector<std::string> problems;
  const auto require = [&](bool good, const char* name, auto value, const char* expected) {
    if (!good) problems.push_back(base::cat(name, ": got ", value, ", expected ", expected));
  };
  require(temperature >= 0 && std::isfinite(temperature), "--temperature", temperature, "0 (greedy) or more");
  require(top_k >= 0, "--top-k", top_k, "0 (off) or more");
  require(top_p >= 0 && top_p <= 1, "--top-p", top_p, "a number in [0, 1]");
  require(min_p >= 0 && min_p <= 1, "--min-p", min_p, "a number in [0, 1]");
  require(repetition_penalty > 0 && std::isfinite(repetition_penalty), "--repetition-penalty", repetition_penalty,
          "a number above 0 (1 = off)");
  if (!problems.empty()) throw ConfigError(problems);
}

at::Tensor process_logits(const at::Tensor& logits, const std::vector<std::int64_t>& seen,
                          const SamplingOptions& options) {
  tensor::check_shape("generate.process_logits", "logits", logits, {-1});
  auto scores = logits.to(at::kFloat).clone();  // [V]
  if (options.repetition_penalty != 1) apply_repetition_penalty(scores, seen, options.repetition_penalty);
  if (options.greedy()) return scores;
  if (options.temperature != 1) apply_temperature(scores, options.temperature);
  if (options.top_k > 0) apply_top_k(scores, options.top_k);
  if (options.top_p < 1) apply_top_p(scores, options.top_p);
  if (options.min_p > 0) apply_min_p(scores, options.min_p);
  return scores;
}

Choice choose_token(const at::Tensor& logits, const std::vector<std::int64_t>& seen, const SamplingOptions& options,
                    base::Rng& rng) {
  std::int64_t token = 0;
  if (options.greedy() && options.repetition_penalty == 1) {
    token = first_maximum(logits);
  } else {
    const auto scores = process_logits(logits, seen, options);  // [V]
    token = options.greedy() ? first_maximum(scores) : draw(scores, rng);
  }
  return {token, token_logprob(logits, token)};
}

double token_logprob(const at::Tensor& logits, std::int64_t token) {
  const double normaliser = at::logsumexp(logits, 0).item<float>();
  if (!std::isfinite(normaliser)) {  // one NaN or +Inf among them is enough
    throw NumericError("the logits are not finite: the model's weights are damaged, or --dtype is too narrow for them");
  }
  return static_cast<double>(logits.const_data_ptr<float>()[token]) - normaliser;
}

}  // namespace quartet::generate
