#include "quartet/eval/exact_sum.h"

#include <cmath>
#include <cstddef>
#include <utility>

namespace quartet::eval {

void ExactSum::add(double value) {
  std::size_t kept = 0;
  for (double partial : partials_) {
    if (std::abs(value) < std::abs(partial)) std::swap(value, partial);
    const double high = value + partial;
    const double low = partial - (high - value);
    if (low != 0) partials_[kept++] = low;
    value = high;
  }
  partials_.resize(kept);
  partials_.push_back(value);
}

double ExactSum::value() const {
  if (partials_.empty()) return 0;
  double high = partials_.back();
  double low = 0;
  std::size_t left = partials_.size() - 1;
  while (left > 0) {
    const double above = high;
    const double partial = partials_[--left];
    high = above + partial;
    low = partial - (high - above);
    if (low != 0) break;
  }
  // Half-way cases: the partials below decide which way to round.
  if (left > 0 && ((low < 0 && partials_[left - 1] < 0) || (low > 0 && partials_[left - 1] > 0))) {
    const double twice = low * 2;
    const double rounded = high + twice;
    if (twice == rounded - high) high = rounded;
  }
  return high;
}

double exact_sum(std::span<const double> values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

}  // namespace quartet::eval
