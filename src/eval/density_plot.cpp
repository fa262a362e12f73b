#include "quartet/eval/density_plot.h"

#include <algorithm>
#include <cmath>

#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/statistics.h"

namespace quartet::eval {
namespace {

using base::cat;
using base::escape_html;
using base::format_score;

constexpr std::ptrdiff_t kCells = 256;
constexpr double kQuarter = 0.25, kQuarterTolerance = 1e-3, kQuarterShare = 0.05;

constexpr double kWidth = 440, kHeight = 190;  // of the view box
constexpr double kLeft = 12, kRight = 12, kTop = 22, kBottom = 38;
constexpr int kNumColours = 6;

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

std::vector<double> numbers_of(std::span<const double> values) {
  std::vector<double> numbers;
  for (const double value : values) {
    if (std::isfinite(value)) numbers.push_back(std::clamp(value, 0.0, 1.0));
  }
  return numbers;
}

/// A cell beyond an end is the cell as far inside it: half-sample reflection, which keeps all of the mass.
std::ptrdiff_t reflect(std::ptrdiff_t cell) {
  const std::ptrdiff_t period = 2 * kCells;
  const std::ptrdiff_t place = ((cell % period) + period) % period;
  return place < kCells ? place : period - 1 - place;
}

/// Each value's mass, shared by the two cells whose middles it lies between.
std::vector<double> cell_masses(const std::vector<double>& values) {
  std::vector<double> masses(kCells);
  const double each = 1 / static_cast<double>(values.size());
  for (const double value : values) {
    const double place = value * kCells - 0.5;
    const double below = std::floor(place);
    masses[static_cast<std::size_t>(reflect(static_cast<std::ptrdiff_t>(below)))] += each * (1 - (place - below));
    masses[static_cast<std::size_t>(reflect(static_cast<std::ptrdiff_t>(below) + 1))] += each * (place - below);
  }
  return masses;
}

/// The kernel at whole cells 0, 1, 2 … from its middle; both sides together weigh 1.
std::vector<double> kernel_weights(double bandwidth) {
  std::vector<double> weights{1};
  double total = 1;
  for (double distance = 1; distance <= 5 * bandwidth * kCells; ++distance) {
    const double z = distance / kCells / bandwidth;
    weights.push_back(std::exp(-z * z / 2));
    total += 2 * weights.back();
  }
  for (double& weight : weights) weight /= total;
  return weights;
}

double column(double score) {
  return kLeft + score * (kWidth - kLeft - kRight);
}

double line(double height, double highest) {
  return kHeight - kBottom - height / highest * (kHeight - kTop - kBottom);
}

std::string coordinate(double value) {
  return format_score(value, 1);
}

std::string axis_svg(const std::string& label) {
  const double floor = kHeight - kBottom;
  std::string svg;
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const std::string x = coordinate(column(tick));
    const char* anchor = tick == 0 ? "start" : tick == 1 ? "end" : "middle";
    svg += cat("<path class=\"grid\" d=\"M", x, " ", kTop, "V", floor + 4, "\"/><text x=\"",
               coordinate(column(tick) + (tick == 0   ? -4
                                          : tick == 1 ? 4
                                                      : 0)),
               "\" y=\"", floor + 17, "\" text-anchor=\"", anchor, "\">", tick, "</text>");
  }
  return svg + cat("<path class=\"axis\" d=\"M", kLeft, " ", floor, "H", kWidth - kRight, "\"/><text x=\"", kWidth / 2,
                   "\" y=\"", kHeight - 4, "\" text-anchor=\"middle\">", escape_html(label), "</text>");
}

std::string series_class(const DensitySeries& series, int colour) {
  return series.is_baseline ? "base" : cat("s", colour % kNumColours);
}

std::string curve_svg(const Density& density, const std::string& css_class, double highest) {
  std::string path;
  for (std::size_t i = 0; i < density.heights.size(); ++i) {
    const double score = (static_cast<double>(i) + 0.5) / kCells;
    path += cat(i == 0 ? "M" : "L", coordinate(column(score)), " ", coordinate(line(density.heights[i], highest)));
  }
  const auto cell = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(density.mean * kCells), 0, kCells - 1);
  const std::string x = coordinate(column(std::clamp(density.mean, 0.0, 1.0)));
  const std::string y = coordinate(line(density.heights[static_cast<std::size_t>(cell)], highest));
  return cat("<g class=\"", css_class, "\"><path class=\"area\" d=\"", path, "V", kHeight - kBottom, "H",
             coordinate(column(0.5 / kCells)), "Z\"/><path class=\"line\" d=\"", path, "\"/><path class=\"mean\" d=\"M",
             x, " ", kHeight - kBottom, "V", y, "\"/><circle class=\"dot\" cx=\"", x, "\" cy=\"", y,
             "\" r=\"3.5\"/></g>");
}

/// "36 %, tuned 12 %": the shares at a quarter that deserve a mark.
std::string quarter_shares(std::span<const DensitySeries> series) {
  std::string shares;
  for (const DensitySeries& each : series) {
    const double share = share_at_quarter(each.values);
    if (!(share > kQuarterShare)) continue;
    shares += cat(shares.empty() ? "" : ", ", series.size() > 1 ? each.name + " " : "", base::format_share(share));
  }
  return shares;
}

}  // namespace

double silverman_bandwidth(std::vector<double> values) {
  const double smallest = 2.0 / kCells;
  const auto n = static_cast<double>(values.size());
  if (values.size() < 2) return smallest;
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  const double deviation = std::sqrt(squares / (n - 1));
  std::sort(values.begin(), values.end());
  const double quartiles = (quantile(values, 0.75) - quantile(values, 0.25)) / 1.34;
  const double spread = quartiles > 0 ? std::min(deviation, quartiles) : deviation;
  return std::max(smallest, 0.9 * spread * std::pow(n, -0.2));
}

Density estimate_density(std::span<const double> values) {
  Density density;
  const std::vector<double> numbers = numbers_of(values);
  density.count = numbers.size();
  if (numbers.empty()) return density;
  density.mean = mean(numbers);
  density.bandwidth = silverman_bandwidth(numbers);
  const std::vector<double> masses = cell_masses(numbers);
  const std::vector<double> weights = kernel_weights(density.bandwidth);
  density.heights.resize(kCells);
  const auto reach = static_cast<std::ptrdiff_t>(weights.size()) - 1;
  for (std::ptrdiff_t cell = 0; cell < kCells; ++cell) {
    double height = 0;
    for (std::ptrdiff_t offset = -reach; offset <= reach; ++offset) {
      height += weights[static_cast<std::size_t>(std::abs(offset))] *
                masses[static_cast<std::size_t>(reflect(cell + offset))];
    }
    density.heights[static_cast<std::size_t>(cell)] = height * kCells;
  }
  return density;
}

double share_at_quarter(std::span<const double> values) {
  const auto count = std::count_if(values.begin(), values.end(),
                                   [](double value) { return std::abs(value - kQuarter) <= kQuarterTolerance; });
  return values.empty() ? 0 : static_cast<double>(count) / static_cast<double>(values.size());
}

std::string density_plot(const std::string& title, std::span<const DensitySeries> series,
                         const DensityOptions& options) {
  std::vector<Density> densities;
  double highest = 0;
  for (const DensitySeries& each : series) {
    densities.push_back(estimate_density(each.values));
    for (const double height : densities.back().heights) highest = std::max(highest, height);
  }
  if (highest == 0) return "";
  const std::string quarter = options.mark_quarter ? quarter_shares(series) : "";
  std::string curves, legend;
  int colour = options.first_colour;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::string css_class = series_class(series[i], series[i].is_baseline ? 0 : colour++);
    if (densities[i].count == 0) continue;  // a series keeps its colour in every plot of the same series
    const std::string curve = curve_svg(densities[i], css_class, highest);
    curves = series[i].is_baseline ? curve + curves : curves + curve;
    legend += cat("<span class=\"key ", css_class, "\"><i></i>", escape_html(series[i].name),
                  series[i].name.empty() ? "" : " ", "<b>", format_score(densities[i].mean, 3), "</b> <small>mean of ",
                  densities[i].count, "</small></span> ");
  }
  const std::string mark =
      quarter.empty() ? ""
                      : cat("<path class=\"quarter\" d=\"M", coordinate(column(kQuarter)), " ", kTop - 6, "V",
                            kHeight - kBottom, "\"/><text class=\"quarter\" x=\"", coordinate(column(kQuarter) + 5),
                            "\" y=\"", kTop - 8, "\">", escape_html(quarter), " at .25</text>");
  const std::string note = quarter.empty() ? ""
                                           : "<p class=\"quarter\">At .25 is what the package gives when nothing "
                                             "matches: " +
                                                 escape_html(quarter) + " of the rows.</p>";
  return cat("<figure class=\"plot\"><figcaption><b>", escape_html(title), "</b> ", legend,
             "</figcaption><svg viewBox=\"0 0 ", kWidth, " ", kHeight, "\" role=\"img\"><title>", escape_html(title),
             ": density of ", escape_html(options.axis.empty() ? "scores" : options.axis), "</title>",
             axis_svg(options.axis), curves, mark, "</svg>", note, "</figure>\n");
}

}  // namespace quartet::eval
