#include "quartet/train/run_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"

namespace quartet::train {
namespace {

using base::ChartSeries;
using nlohmann::json;

/// The rows' values of one field by step; rows without it are left out.
ChartSeries series_of(std::span<const json> metrics, const char* field, const std::string& name) {
  ChartSeries series{name, {}};
  for (const json& row : metrics) {
    const auto found = row.find(field);
    if (found == row.end() || !found->is_number()) continue;
    series.points.emplace_back(row.value("step", 0.0), found->get<double>());
  }
  return series;
}

/// Each point is the mean of the points up to half a window away: one step's loss says more of its batch than of the
/// run.
ChartSeries smoothed(const ChartSeries& raw, const std::string& name) {
  const auto count = static_cast<std::ptrdiff_t>(raw.points.size());
  const std::ptrdiff_t half = std::max<std::ptrdiff_t>(1, count / 40);
  std::vector<double> sums(raw.points.size() + 1);
  for (std::size_t i = 0; i < raw.points.size(); ++i) sums[i + 1] = sums[i] + raw.points[i].second;
  ChartSeries series{name, {}};
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const std::ptrdiff_t begin = std::max<std::ptrdiff_t>(0, i - half);
    const std::ptrdiff_t end = std::min(count, i + half + 1);
    const auto at = [&](std::ptrdiff_t place) { return sums[static_cast<std::size_t>(place)]; };
    series.points.emplace_back(raw.points[static_cast<std::size_t>(i)].first,
                               (at(end) - at(begin)) / static_cast<double>(end - begin));
  }
  return series;
}

std::string section(const std::string& title, const std::vector<ChartSeries>& series) {
  const std::string chart = base::line_chart(title, "step", series);
  return chart.empty() ? "" : "<h2>" + base::escape_html(title) + "</h2>\n" + chart;
}

std::string show(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return base::cat(value.get<double>());
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string key_table(const std::string& title, const json& object) {
  base::TextTable table{title, {"name", "value"}, {}};
  for (const auto& [name, value] : object.items()) table.rows.push_back({name, show(value)});
  return table.to_html();
}

}  // namespace

std::string run_report_html(std::span<const json> metrics, const json& manifest) {
  ChartSeries loss = series_of(metrics, "loss", "each step");
  loss.is_faint = true;
  const json options = manifest.value("options", json::object());
  std::string body = key_table("", manifest.value("result", json::object()));
  body += section("Loss, mean nats a trained token",
                  {loss, smoothed(loss, "moving mean"), series_of(metrics, "eval_loss", "held out")});
  body += section("Language head, share of tokens right", {series_of(metrics, "language_accuracy", "right")});
  body += section("Learning rate", {series_of(metrics, "lr", "learning rate")});
  body += section("Gradient norm before clipping", {series_of(metrics, "grad_norm", "norm")});
  body += section("Tokens a second", {series_of(metrics, "tokens_per_second", "tokens/s")});
  body += key_table("Settings", options);
  return base::html_page("Training run", body);
}

}  // namespace quartet::train
