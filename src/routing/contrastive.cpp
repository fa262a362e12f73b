#include "quartet/routing/contrastive.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"

namespace quartet::routing {
namespace {

/// Class means and the tokens around them.
struct Classes {
  at::Tensor means;    // [C, D]
  at::Tensor mean;     // [D], of the class means
  at::Tensor centred;  // [N, D], each token less its class mean, times the root of its weight
};

Classes analyse(const at::Tensor& inputs, const at::Tensor& labels, std::int64_t num_experts) {
  const at::Tensor x = inputs.to(at::kDouble);  // [N, D]
  std::vector<at::Tensor> means;
  at::Tensor centred = at::empty_like(x);
  const std::int64_t num_classes = labels.max().item<std::int64_t>() == num_experts ? num_experts + 1 : num_experts;
  for (std::int64_t c = 0; c < num_classes; ++c) {
    const at::Tensor rows = at::nonzero(labels == c).view({-1});  // [n]
    if (rows.numel() == 0) throw DataError(base::cat("expert ", c, " has no token to fit its router row on"));
    const at::Tensor own = x.index_select(0, rows);  // [n, D]
    means.push_back(own.mean(0));
    const double root_weight = std::sqrt(1.0 / static_cast<double>(num_classes * rows.numel()));
    centred.index_copy_(0, rows, (own - means.back()) * root_weight);
  }
  const at::Tensor stacked = at::stack(means);  // [C, D]
  return {stacked, stacked.mean(0), centred};
}

/// Solves ((1 - s) Z^T Z + ridge I) Y^T = R^T for the rows R [m, D]; in the space of tokens where these are fewer.
at::Tensor solve_rows(const at::Tensor& centred, const at::Tensor& rows, double shrinkage, double ridge) {
  const std::int64_t num_tokens = centred.size(0);
  const std::int64_t width = centred.size(1);
  const at::Tensor z = centred * std::sqrt(1 - shrinkage);  // [N, D]
  if (num_tokens >= width) {
    const at::Tensor covariance = at::mm(z.t(), z) + ridge * at::eye(width, at::kDouble);  // [D, D]
    return at::cholesky_solve(rows.t(), at::linalg_cholesky(covariance)).t();
  }
  const at::Tensor gram = at::mm(z, z.t()) + ridge * at::eye(num_tokens, at::kDouble);          // [N, N]
  const at::Tensor inner = at::cholesky_solve(at::mm(z, rows.t()), at::linalg_cholesky(gram));  // [N, m]
  return (rows - at::mm(inner.t(), z)) / ridge;
}

void warn_of_twins(const at::Tensor& means, const at::Tensor& solved, std::int64_t num_experts) {
  for (std::int64_t a = 0; a < num_experts; ++a) {
    for (std::int64_t b = 0; b < a; ++b) {
      const double distance = ((means[a] - means[b]) * (solved[a] - solved[b])).sum().item<double>();
      if (distance < 1e-3) {
        base::log_warning(
            base::cat("experts ", b, " and ", a, " have the same mean router input: no gate tells them apart"));
      }
    }
  }
}

}  // namespace

at::Tensor fit_contrastive(const at::Tensor& inputs, const at::Tensor& labels, std::int64_t num_experts,
                           double shrinkage) {
  const Classes classes = analyse(inputs, labels, num_experts);
  const std::int64_t num_classes = classes.means.size(0);
  const double spread = classes.centred.square().sum().item<double>();  // trace of the covariance
  // One token a class has no spread: any ridge will do, the rows are the centred means.
  const double ridge = spread > 0 ? shrinkage * spread / static_cast<double>(inputs.size(1)) : 1.0;

  const at::Tensor offsets = classes.means.narrow(0, 0, num_experts) - classes.mean;  // [E, D]
  const at::Tensor solved =
      solve_rows(classes.centred, at::cat({offsets, classes.mean.unsqueeze(0)}), shrinkage, ridge);  // [E + 1, D]
  const at::Tensor directions = solved.narrow(0, 0, num_experts);                                    // [E, D]
  warn_of_twins(classes.means, directions, num_experts);
  const at::Tensor of_mean = solved[num_experts];                                  // [D]
  const at::Tensor unit = of_mean / (classes.mean * of_mean).sum();                // [D], unit . mean = 1
  const at::Tensor sums = classes.means.narrow(0, 0, num_experts) + classes.mean;  // [E, D]
  const at::Tensor biases = -0.5 * (sums * directions).sum(1) - std::log(static_cast<double>(num_classes));  // [E]
  const at::Tensor rows = directions + biases.unsqueeze(1) * unit;                                           // [E, D]
  const at::Tensor router = rows - rows.mean(0);
  if (!at::isfinite(router).all().item<bool>()) {
    throw NumericError(
        "the contrastive router is not finite: the router inputs have no common mean to fold biases into");
  }
  return router;
}

double fit_sharpness(const at::Tensor& router, const at::Tensor& inputs, const at::Tensor& labels) {
  const at::Tensor logits = at::mm(inputs.to(at::kDouble), router.to(at::kDouble).t());  // [N, E]
  const at::Tensor counts = at::bincount(labels, {}, router.size(0)).to(at::kDouble);    // [E]
  const at::Tensor weights = 1 / counts.index_select(0, labels);                         // [N]
  const auto loss = [&](double log_tau) {
    const at::Tensor log_probabilities = at::log_softmax(logits * std::exp(log_tau), 1);  // [N, E]
    const at::Tensor chosen = log_probabilities.gather(1, labels.unsqueeze(1)).squeeze(1);
    return -(chosen * weights).sum().item<double>();
  };
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(1e-3);
  double high = std::log(1e3);
  double a = high - ratio * (high - low);
  double b = low + ratio * (high - low);
  double loss_a = loss(a);
  double loss_b = loss(b);
  for (int step = 0; step < 60; ++step) {
    if (loss_a <= loss_b) {
      high = b;
      b = a;
      loss_b = loss_a;
      a = high - ratio * (high - low);
      loss_a = loss(a);
    } else {
      low = a;
      a = b;
      loss_a = loss_b;
      b = low + ratio * (high - low);
      loss_b = loss(b);
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace quartet::routing
