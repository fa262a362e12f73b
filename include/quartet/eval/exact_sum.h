#pragma once

#include <span>
#include <vector>

namespace quartet::eval {

/// A sum of finite numbers that is rounded once, so that their order plays no part. Source: Shewchuk's algorithm, as in
/// Python's math.fsum.
class ExactSum {
 public:
  void add(double value);
  double value() const;

 private:
  std::vector<double> partials_;  // non-overlapping, smallest first
};

double exact_sum(std::span<const double> values);

}  // namespace quartet::eval
