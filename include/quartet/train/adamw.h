#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "quartet/train/parameters.h"

namespace quartet::train {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
};

/// AdamW with float32 states: p *= 1 - lr * decay, then p -= lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps).
/// Source: torch.optim.AdamW.
class AdamW {
 public:
  AdamW(const std::vector<Parameter>& parameters, const AdamWOptions& options);

  /// One update from the parameters' gradients, which must be defined.
  void step(double lr);

 private:
  /// Parameters that share a decay.
  struct Group {
    double weight_decay = 0;
    std::vector<at::Tensor> values, first_moments, second_moments, steps;
  };

  AdamWOptions options_;
  std::vector<Group> groups_;
};

}  // namespace quartet::train
