#include "quartet/train/success_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::train {
namespace {

constexpr std::size_t kStepsForGradients =
    3;  // step 1 has learning rate 0 and B = 0, so A moves in step 3 at the latest
constexpr std::size_t kStepsForLoss = 20;
constexpr std::size_t kNamesShown = 5;

double mean(const double* begin, std::size_t count) {
  return std::accumulate(begin, begin + count, 0.0) / static_cast<double>(count);
}

}  // namespace

QuarterMeans quarter_means(const std::vector<double>& losses) {
  const std::size_t quarter = std::max<std::size_t>(1, losses.size() / 4);
  if (losses.empty()) throw StateError("[train] no step, no mean loss");
  return {mean(losses.data(), quarter), mean(losses.data() + losses.size() - quarter, quarter)};
}

SuccessCheck::SuccessCheck(const std::vector<std::string>& watched) {
  for (std::size_t i = 0; i < watched.size(); ++i) without_gradient_.push_back({watched[i], i});
}

void SuccessCheck::observe(double loss, double grad_norm, const GradientBuffer& gradients) {
  if (!std::isfinite(loss) || !std::isfinite(grad_norm)) {
    const std::string last = losses_.empty() ? "none before it" : base::cat("last finite loss ", losses_.back());
    throw NumericError(base::cat("step ", losses_.size() + 1, ": loss ", loss, ", gradient norm ", grad_norm, " (",
                                 last, "); lower --lr, warm up longer or check the base for NaN"));
  }
  losses_.push_back(loss);
  std::erase_if(without_gradient_, [&](const Watched& watched) {
    return at::count_nonzero(gradients.slice(watched.index)).item<std::int64_t>() > 0;
  });
}

void SuccessCheck::require_success() const {
  std::vector<std::string> wrong;
  if (losses_.size() >= kStepsForGradients && !without_gradient_.empty()) {
    std::vector<std::string> names;
    for (const Watched& watched : without_gradient_) {
      if (names.size() < kNamesShown) names.push_back(watched.name);
    }
    wrong.push_back(base::cat(without_gradient_.size(), " trained matrices never got a gradient (",
                              base::join(names, ", "), without_gradient_.size() > kNamesShown ? ", …)" : ")"));
  }
  if (losses_.size() >= kStepsForLoss) {
    const auto [first, last] = quarter_means(losses_);
    if (!(last < first)) {
      wrong.push_back(base::cat("the mean loss of the last quarter, ", last, ", is not below that of the first, ",
                                first, " (check the data, or change --lr)"));
    }
  }
  if (!wrong.empty()) throw NumericError(base::cat("the run did not train: ", base::join(wrong, "; ")));
}

}  // namespace quartet::train
