#include "quartet/eval/statistics.h"

#include <algorithm>
#include <array>
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

/// Columns as rows that lie together, so that a draw reads one place. Undefined values are 0, and a further column
/// counts the defined ones.
class SummableRows {
 public:
  explicit SummableRows(const std::vector<std::vector<double>>& columns) : count_of_(columns.size(), kEveryRow) {
    width_ = columns.size();
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto is_undefined = [](double value) { return std::isnan(value); };
      if (std::any_of(columns[k].begin(), columns[k].end(), is_undefined)) count_of_[k] = width_++;
    }
    width_ = (width_ + kBlock - 1) / kBlock * kBlock;
    values_.resize(columns[0].size() * width_);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      for (std::size_t row = 0; row < columns[k].size(); ++row) {
        const double value = columns[k][row];
        if (std::isnan(value)) continue;
        values_[row * width_ + k] = value;
        if (count_of_[k] != kEveryRow) values_[row * width_ + count_of_[k]] = 1;
      }
    }
  }

  /// Sums of every column over the drawn rows.
  void sum(std::span<const std::uint32_t> drawn, std::vector<double>& sums) const {
    sums.assign(width_, 0.0);
    for (std::size_t first = 0; first < width_; first += kBlock) {
      std::array<double, kBlock> block{};  // stays in registers
      for (const std::uint32_t row : drawn) {
        const double* values = values_.data() + row * width_ + first;
        for (std::size_t k = 0; k < kBlock; ++k) block[k] += values[k];
      }
      std::copy(block.begin(), block.end(), sums.begin() + static_cast<std::ptrdiff_t>(first));
    }
  }
  double mean(const std::vector<double>& sums, std::size_t column, std::size_t num_rows) const {
    const double count = count_of_[column] == kEveryRow ? static_cast<double>(num_rows) : sums[count_of_[column]];
    return count == 0 ? kUndefined : sums[column] / count;
  }

 private:
  static constexpr std::size_t kBlock = 6;
  static constexpr std::size_t kEveryRow = static_cast<std::size_t>(-1);
  std::size_t width_ = 0;
  std::vector<std::size_t> count_of_;  // by column: which one counts its defined values
  std::vector<double> values_;
};

/// Numbers below a bound (< 2^32) without bias, two from each of the stream's. Source: Lemire 2019.
class RowDraws {
 public:
  RowDraws(base::Rng& rng, std::uint32_t bound) : rng_(rng), bound_(bound), threshold_((0 - bound) % bound) {}

  std::uint32_t next() {
    while (true) {
      const std::uint64_t product = std::uint64_t{half()} * bound_;
      if (static_cast<std::uint32_t>(product) >= threshold_) return static_cast<std::uint32_t>(product >> 32);
    }
  }

 private:
  std::uint32_t half() {
    has_left_ = !has_left_;
    if (!has_left_) return static_cast<std::uint32_t>(bits_ >> 32);
    bits_ = rng_.next();
    return static_cast<std::uint32_t>(bits_);
  }

  base::Rng& rng_;
  std::uint32_t bound_;
  std::uint32_t threshold_;
  std::uint64_t bits_ = 0;
  bool has_left_ = false;
};

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
  RowDraws draws(rng, static_cast<std::uint32_t>(num_rows));
  std::vector<std::uint32_t> rows(num_rows);
  std::vector<double> statistics(num_statistics);
  std::vector<std::vector<double>> samples(num_statistics);
  for (std::size_t i = 0; i < num_resamples; ++i) {
    for (std::uint32_t& row : rows) row = draws.next();
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
  const SummableRows rows(columns);
  std::vector<double> sums;
  return bootstrap(columns[0].size(), columns.size(), seed, purpose,
                   [&](std::span<const std::uint32_t> drawn, std::span<double> means) {
                     rows.sum(drawn, sums);
                     for (std::size_t k = 0; k < columns.size(); ++k) means[k] = rows.mean(sums, k, drawn.size());
                   });
}

}  // namespace quartet::eval
