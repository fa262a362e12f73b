#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quartet/train/parameters.h"

namespace quartet::train {

/// Mean loss, in nats, of a run's first and last quarter of steps: what one step says depends on its batch.
struct QuarterMeans {
  double first;
  double last;
};
/// `losses`: one a step. Throws: StateError if there are none.
QuarterMeans quarter_means(const std::vector<double>& losses);

/// Decides whether a run trained: the loss is finite; from 3 steps on every watched matrix got a gradient that is not
/// zero; from 20 steps on the mean loss of the last quarter is below that of the first.
class SuccessCheck {
 public:
  /// `watched`: names of the parameters whose gradients are watched, in the order of the buffer; empty = none.
  explicit SuccessCheck(const std::vector<std::string>& watched);

  /// Call it once a step, before the update. Throws: NumericError at the first value that is not finite, naming the
  /// step (1-based) and the last finite loss.
  void observe(double loss, double grad_norm, const GradientBuffer& gradients);
  /// Call it after the last step. Throws: NumericError with everything that is wrong.
  void require_success() const;

 private:
  struct Watched {
    std::string name;
    std::size_t index;
  };

  std::vector<double> losses_;
  std::vector<Watched> without_gradient_;
};

}  // namespace quartet::train
