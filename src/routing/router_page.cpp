#include <algorithm>

#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/routing/router_report.h"

namespace quartet::routing {
namespace {

using base::format_share;
using base::TextTable;

TextTable layer_table(const RouterReport& report) {
  TextTable table{"Each layer's router", {"layer", "tokens right", "texts right", "top-1 weight"}, {}};
  for (const std::string& name : report.experts) table.header.push_back("load " + name);
  for (const LayerReport& layer : report.layers) {
    std::vector<std::string> row = {std::to_string(layer.layer), format_share(layer.accuracy),
                                    format_share(layer.sequence_accuracy),
                                    base::format_score(layer.mean_top1_weight, 3)};
    for (const double share : layer.load) row.push_back(format_share(share));
    table.rows.push_back(row);
  }
  return table;
}

/// Rows: the expert that a token belongs to; columns: where it goes first, over all layers.
TextTable confusion_table(const RouterReport& report) {
  const std::size_t num_experts = report.experts.size();
  TextTable table{"Where the tokens go, all layers", {"tokens of"}, {}};
  table.header.insert(table.header.end(), report.experts.begin(), report.experts.end());
  for (std::size_t label = 0; label < num_experts; ++label) {
    std::vector<double> counts(num_experts);
    double total = 0;
    for (const LayerReport& layer : report.layers) {
      for (std::size_t e = 0; e < num_experts; ++e) {
        counts[e] += static_cast<double>(layer.confusion[label][e]);
        total += static_cast<double>(layer.confusion[label][e]);
      }
    }
    std::vector<std::string> row = {report.experts[label]};
    for (const double count : counts) row.push_back(total > 0 ? format_share(count / total) : "-");
    table.rows.push_back(row);
  }
  return table;
}

std::string accuracy_chart(const RouterReport& report) {
  base::ChartSeries tokens{"tokens right", {}};
  base::ChartSeries chance{"by chance", {}, true};
  for (const LayerReport& layer : report.layers) {
    const auto x = static_cast<double>(layer.layer);
    tokens.points.emplace_back(x, layer.accuracy);
    chance.points.emplace_back(x, 1.0 / static_cast<double>(report.experts.size()));
  }
  return base::line_chart("share of held-out tokens that go to their expert", "layer",
                          std::vector<base::ChartSeries>{tokens, chance});
}

}  // namespace

std::string report_to_html(const RouterReport& report) {
  std::string body = base::cat("<p>Gates: <b>", base::escape_html(report.gate_mode), "</b>; ", report.experts.size(),
                               " experts (", base::escape_html(base::join(report.experts, ", ")), "), ",
                               report.num_active, " for every token.</p>\n");
  for (const std::string& warning : report_warnings(report)) {
    body += "<p class=\"warn\">" + base::escape_html(warning) + "</p>\n";
  }
  if (report.layers.empty()) {
    body += "<p class=\"warn\">Not measured: the config names no calibration files.</p>\n";
  } else {
    body += base::cat("<p>Measured on ", report.layers.front().num_tokens, " held-out tokens of ",
                      report.num_held_out_sequences,
                      " texts, on the dense base's states. <i>Right</i>: the best expert "
                      "of a token, or of most of a text's tokens, is its language's. <i>Load</i>: share of the tokens "
                      "whose best expert it is.</p>\n",
                      accuracy_chart(report), layer_table(report).to_html(), confusion_table(report).to_html());
  }
  return base::html_page("Routers", body);
}

}  // namespace quartet::routing
