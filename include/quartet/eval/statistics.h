#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace quartet::eval {

/// Stands for "undefined" among doubles inside the statistics; files have null.
inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

struct Interval {
  double low = kUndefined;
  double high = kUndefined;
};

/// Mean and median of the values that are defined; kUndefined where none is.
double mean(std::span<const double> values);
double median(std::vector<double> values);

/// 95 % percentile intervals of `num_statistics` numbers under resampling of `num_rows` rows with replacement.
/// `compute` gets the numbers of the drawn rows and fills in the statistics (kUndefined where one is not defined). The
/// draws depend on `seed` and `purpose` only: 10,000, fewer above 2,000 rows.
using Statistic = std::function<void(std::span<const std::uint32_t> rows, std::span<double> statistics)>;
std::vector<Interval> bootstrap(std::size_t num_rows, std::size_t num_statistics, std::uint64_t seed,
                                std::string_view purpose, const Statistic& compute);

/// Intervals of the means of columns of equal length, resampled together.
std::vector<Interval> bootstrap_means(const std::vector<std::vector<double>>& columns, std::uint64_t seed,
                                      std::string_view purpose);

}  // namespace quartet::eval
