#include "quartet/eval/statistics.h"

#include <algorithm>
#include <cmath>

#include "quartet/base/rng.h"

namespace quartet::eval {
namespace {

constexpr std::size_t kMaxResamples = 10'000;
constexpr std::size_t kMinResamples = 200;
constexpr std::size_t kMaxDraws = 20'000'000;

/// Of sorted values, between the two nearest.
double percentile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

}  // namespace

double mean(std::span<const double> values) {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? kUndefined : sum / static_cast<double>(count);
}

double median(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return kUndefined;
  std::sort(values.begin(), values.end());
  return percentile(values, 0.5);
}

std::vector<Interval> bootstrap(std::size_t num_rows, std::size_t num_statistics, std::uint64_t seed,
                                std::string_view purpose, const Statistic& compute) {
  std::vector<Interval> intervals(num_statistics);
  if (num_rows == 0) return intervals;
  const std::size_t num_resamples = std::clamp(kMaxDraws / num_rows, kMinResamples, kMaxResamples);
  base::Rng rng(seed, purpose);
  std::vector<std::uint32_t> rows(num_rows);
  std::vector<double> statistics(num_statistics);
  std::vector<std::vector<double>> samples(num_statistics);
  for (std::size_t i = 0; i < num_resamples; ++i) {
    for (std::uint32_t& row : rows) row = static_cast<std::uint32_t>(rng.below(num_rows));
    compute(rows, statistics);
    for (std::size_t k = 0; k < num_statistics; ++k) {
      if (!std::isnan(statistics[k])) samples[k].push_back(statistics[k]);
    }
  }
  for (std::size_t k = 0; k < num_statistics; ++k) {
    if (samples[k].empty()) continue;
    std::sort(samples[k].begin(), samples[k].end());
    intervals[k] = {percentile(samples[k], 0.025), percentile(samples[k], 0.975)};
  }
  return intervals;
}

std::vector<Interval> bootstrap_means(const std::vector<std::vector<double>>& columns, std::uint64_t seed,
                                      std::string_view purpose) {
  if (columns.empty()) return {};
  return bootstrap(columns[0].size(), columns.size(), seed, purpose,
                   [&](std::span<const std::uint32_t> rows, std::span<double> statistics) {
                     for (std::size_t k = 0; k < columns.size(); ++k) {
                       const std::vector<double>& column = columns[k];
                       double sum = 0;
                       std::size_t count = 0;
                       for (const std::uint32_t row : rows) {
                         if (std::isnan(column[row])) continue;
                         sum += column[row];
                         ++count;
                       }
                       statistics[k] = count == 0 ? kUndefined : sum / static_cast<double>(count);
                     }
                   });
}

}  // namespace quartet::eval
