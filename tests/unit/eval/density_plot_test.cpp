#include "quartet/eval/density_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "quartet/base/rng.h"

namespace quartet::eval {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const double kNan = std::numeric_limits<double>::quiet_NaN();

double integral(const Density& density) {
  return std::accumulate(density.heights.begin(), density.heights.end(), 0.0) /
         static_cast<double>(density.heights.size());
}

double height_at(const Density& density, double score) {
  const auto cell = static_cast<std::size_t>(score * static_cast<double>(density.heights.size()));
  return density.heights[std::min(cell, density.heights.size() - 1)];
}

/// The sum of Gaussians and of their mirror images at 0 and 1, by the definition.
double exact_density(const std::vector<double>& values, double bandwidth, double at) {
  double sum = 0;
  for (const double value : values) {
    for (const double image : {value, -value, 2 - value, value - 2, value + 2}) {
      const double z = (at - image) / bandwidth;
      sum += std::exp(-z * z / 2);
    }
  }
  return sum / (static_cast<double>(values.size()) * bandwidth * std::sqrt(2 * std::acos(-1.0)));
}

TEST(Silverman, AgreesWithHandValues) {
  // Deviation .158114 (n - 1), quartiles .2 apart: .9 * min(.158114, .149254) * 5^-.2.
  EXPECT_NEAR(silverman_bandwidth({0.1, 0.2, 0.3, 0.4, 0.5}), 0.097358, 1e-6);
  // Quartiles 1 apart, so the deviation .547723 is the smaller: .9 * .547723 * 6^-.2.
  EXPECT_NEAR(silverman_bandwidth({0, 0, 0, 1, 1, 1}), 0.344487, 1e-6);
  // Nine tenths are equal, so the quartiles are; the deviation .316228 is left: .9 * .316228 * 10^-.2.
  EXPECT_NEAR(silverman_bandwidth({1, 0, 0, 0, 0, 0, 0, 0, 0, 0}), 0.179574, 1e-6);
}

TEST(Density, IntegratesToOneWhereverTheValuesLie) {
  for (const std::vector<double>& values :
       {std::vector<double>{0.3}, {0, 0, 0}, {0.25, 0.25, 0.25, 0.25}, {0, 1}, {0.1, 0.9, 0.5, 0.2}, {-3, 7}}) {
    EXPECT_NEAR(integral(estimate_density(values)), 1, 1e-12);
  }
}

TEST(Density, IsTheSumOfKernelsAndTheirReflections) {
  const std::vector<double> values{0.02, 0.05, 0.3, 0.31, 0.6, 0.97, 0.99};
  const Density density = estimate_density(values);
  for (std::size_t i = 0; i < density.heights.size(); ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(density.heights.size());
    EXPECT_NEAR(density.heights[i], exact_density(values, density.bandwidth, at), 1e-3) << at;
  }
  EXPECT_GT(height_at(density, 0), height_at(density, 0.12)) << "mass near an end stays inside";
}

TEST(Density, OfEqualValuesIsANarrowPeak) {
  const Density density = estimate_density(std::vector<double>(50, 0.5));
  EXPECT_NEAR(density.mean, 0.5, 1e-12);
  EXPECT_GT(height_at(density, 0.5), 20);
  EXPECT_LT(height_at(density, 0.45), 1e-6);
}

TEST(Density, LeavesOutWhatIsNoNumber) {
  const Density density = estimate_density(std::vector<double>{kNan, 0.4, kNan, 0.6, INFINITY});
  EXPECT_EQ(density.count, 2u);
  EXPECT_NEAR(density.mean, 0.5, 1e-12);
  EXPECT_EQ(density.heights, estimate_density(std::vector<double>{0.4, 0.6}).heights);
  EXPECT_TRUE(estimate_density(std::vector<double>{kNan}).heights.empty());
  EXPECT_TRUE(estimate_density({}).heights.empty());
}

TEST(Density, OfAMillionValuesIsTheirDistribution) {
  base::Rng rng(7, "density");
  std::vector<double> values(1'000'000);
  for (double& value : values) value = rng.uniform();
  const Density density = estimate_density(values);
  for (const double height : density.heights) EXPECT_NEAR(height, 1, 0.05);
}

TEST(DensityPlot, MarksTheQuarterOfCompatScoresOnly) {
  std::vector<double> values(90, 0.6);
  values.insert(values.end(), 10, 0.2501);
  const std::vector<DensitySeries> series{{"answers", values}};
  EXPECT_NEAR(share_at_quarter(values), 0.1, 1e-12);
  EXPECT_THAT(density_plot("java", series, {"codebleu", true}), HasSubstr("when nothing matches: 10 %"));
  EXPECT_THAT(density_plot("java", series, {"strict", false}), Not(HasSubstr("nothing matches")));
  values.assign(100, 0.6);
  std::fill(values.begin(), values.begin() + 5, 0.25);
  EXPECT_THAT(density_plot("java", std::vector<DensitySeries>{{"answers", values}}, {"codebleu", true}),
              Not(HasSubstr("nothing matches")))
      << "5 % are not more than 5 %";
}

TEST(DensityPlot, HasOneCurveAndOneMeanForEachSeriesWithNumbers) {
  const std::vector<double> before{0.1, 0.2, kNan}, after{0.5, 0.7}, none{kNan};
  const std::vector<DensitySeries> series{{"after", after}, {"be<fore", before, true}, {"none", none}};
  const std::string figure = density_plot("a & b", series, {"strict score", false});
  EXPECT_THAT(figure, AllOf(HasSubstr("a &amp; b"), HasSubstr("be&lt;fore <b>0.150</b> <small>mean of 2"),
                            HasSubstr("after <b>0.600</b>"), Not(HasSubstr("none")), Not(HasSubstr("nan"))));
  EXPECT_LT(figure.find("class=\"base\""), figure.find("class=\"s0\"")) << "the baseline is behind";
  EXPECT_EQ(density_plot("t", std::vector<DensitySeries>{{"none", none}}), "");
  EXPECT_EQ(density_plot("t", {}), "");
}

}  // namespace
}  // namespace quartet::eval
