#include "quartet/eval/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "quartet/eval/exact_sum.h"
#include "quartet/eval/ngram_match.h"

namespace quartet::eval {
namespace {

TEST(Statistics, MeanAndMedianSkipWhatIsUndefined) {
  EXPECT_EQ(mean(std::vector<double>{1, kUndefined, 3}), 2);
  EXPECT_EQ(median({5, kUndefined, 1, 2}), 2);
  EXPECT_EQ(median({1, 2}), 1.5);
  EXPECT_TRUE(std::isnan(mean(std::vector<double>{kUndefined})));
}

TEST(Statistics, BootstrapIntervalOfAMean) {
  std::vector<double> column;
  for (int i = 0; i < 400; ++i) column.push_back(i % 2);
  const Interval interval = bootstrap_means({column}, 0, "test")[0];
  EXPECT_NEAR(interval.low, 0.5 - 1.96 * 0.5 / 20, 0.006);
  EXPECT_NEAR(interval.high, 0.5 + 1.96 * 0.5 / 20, 0.006);
  const Interval again = bootstrap_means({column}, 0, "test")[0];
  EXPECT_EQ(again.low, interval.low);
  EXPECT_NE(bootstrap_means({column}, 1, "test")[0].low, kUndefined);
  const Interval constant = bootstrap_means({{2, 2, 2}}, 0, "test")[0];
  EXPECT_EQ(constant.low, 2);
  EXPECT_EQ(constant.high, 2);
}

TEST(ExactSum, IsRoundedOnce) {
  EXPECT_EQ(exact_sum(std::vector<double>{1e16, 1, -1e16}), 1);
  EXPECT_EQ(exact_sum(std::vector<double>{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1);
  EXPECT_EQ(exact_sum(std::vector<double>{1e100, 1, -1e100, 1}), 2);
  EXPECT_EQ(exact_sum({}), 0);
}

TEST(Statistics, MeansOfManyColumnsLeaveUndefinedValuesOut) {
  std::vector<std::vector<double>> columns(8);
  for (std::size_t row = 0; row < 40; ++row) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const bool is_undefined = k % 3 == 1 && (row + k) % 4 == 0;
      columns[k].push_back(is_undefined ? kUndefined : std::sin(static_cast<double>(row * 8 + k)));
    }
  }
  columns[7].assign(40, kUndefined);
  const auto fast = bootstrap_means(columns, 3, "test");
  const auto plain = bootstrap(40, 8, 3, "test", [&](std::span<const std::uint32_t> rows, std::span<double> means) {
    for (std::size_t k = 0; k < 8; ++k) {
      std::vector<double> drawn;
      for (const std::uint32_t row : rows) drawn.push_back(columns[k][row]);
      means[k] = mean(drawn);
    }
  });
  for (std::size_t k = 0; k < 7; ++k) {
    EXPECT_NEAR(fast[k].low, plain[k].low, 1e-12) << k;
    EXPECT_NEAR(fast[k].high, plain[k].high, 1e-12) << k;
  }
  EXPECT_TRUE(std::isnan(fast[7].low));
}

}  // namespace
}  // namespace quartet::eval
