#include "quartet/routing/router_report.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "quartet/base/text.h"

namespace quartet::routing {
namespace {

using nlohmann::ordered_json;

/// Share of sequences whose most frequent best expert (the lowest among equals) is the labelled one.
double vote(const std::vector<std::int64_t>& best, const std::vector<std::int64_t>& labels,
            const std::vector<std::int64_t>& sequences, std::int64_t num_experts) {
  std::map<std::int64_t, std::pair<std::int64_t, std::vector<std::int64_t>>> counts;  // sequence -> label, votes
  for (std::size_t i = 0; i < best.size(); ++i) {
    auto& [label, votes] = counts[sequences[i]];
    label = labels[i];
    votes.resize(num_experts);
    ++votes[best[i]];
  }
  std::int64_t right = 0;
  for (const auto& [sequence, entry] : counts) {
    const auto& votes = entry.second;
    right += std::max_element(votes.begin(), votes.end()) - votes.begin() == entry.first ? 1 : 0;
  }
  return counts.empty() ? 0 : static_cast<double>(right) / static_cast<double>(counts.size());
}

double mean_accuracy(const RouterReport& report) {
  double sum = 0;
  for (const LayerReport& layer : report.layers) sum += layer.accuracy;
  return sum / static_cast<double>(report.layers.size());
}

double min_accuracy(const RouterReport& report) {
  double least = 1;
  for (const LayerReport& layer : report.layers) least = std::min(least, layer.accuracy);
  return least;
}

ordered_json layer_to_json(const LayerReport& layer) {
  ordered_json json{{"layer", layer.layer},
                    {"num_tokens", layer.num_tokens},
                    {"accuracy", layer.accuracy},
                    {"sequence_accuracy", layer.sequence_accuracy},
                    {"load", layer.load},
                    {"active_load", layer.active_load},
                    {"mean_top1_probability", layer.mean_top1_probability},
                    {"mean_top1_weight", layer.mean_top1_weight},
                    {"confusion", layer.confusion}};
  if (layer.sharpness) json["sharpness"] = *layer.sharpness;
  return json;
}

}  // namespace

LayerReport measure_router(const at::Tensor& router, const at::Tensor& inputs, const std::vector<std::int64_t>& labels,
                           const std::vector<std::int64_t>& sequences, std::int64_t num_active) {
  const std::int64_t num_experts = router.size(0);
  const std::int64_t num_tokens = inputs.size(0);
  LayerReport report;
  report.num_tokens = num_tokens;
  report.load.resize(num_experts);
  report.active_load.resize(num_experts);
  report.confusion.assign(num_experts, std::vector<std::int64_t>(num_experts));
  if (num_tokens == 0) return report;
  const at::Tensor logits = at::mm(inputs.to(at::kDouble), router.to(at::kDouble).t());  // [N, E]
  const at::Tensor probabilities = at::softmax(logits, 1);                               // [N, E]
  const auto [top, chosen] = probabilities.topk(num_active, 1);                          // [N, A] each
  report.mean_top1_probability = top.select(1, 0).mean().item<double>();
  report.mean_top1_weight = (top.select(1, 0) / top.sum(1)).mean().item<double>();

  const at::Tensor rows = chosen.contiguous();
  const auto* expert = rows.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> best;
  std::vector<std::int64_t> num_best(num_experts);
  std::vector<std::int64_t> num_chosen(num_experts);
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < num_tokens; ++i) {
    best.push_back(expert[i * num_active]);
    right += best.back() == labels[i] ? 1 : 0;
    ++report.confusion[labels[i]][best.back()];
    ++num_best[best.back()];
    for (std::int64_t a = 0; a < num_active; ++a) ++num_chosen[expert[i * num_active + a]];
  }
  for (std::int64_t e = 0; e < num_experts; ++e) {
    report.load[e] = static_cast<double>(num_best[e]) / static_cast<double>(num_tokens);
    report.active_load[e] = static_cast<double>(num_chosen[e]) / static_cast<double>(num_tokens * num_active);
  }
  report.accuracy = static_cast<double>(right) / static_cast<double>(num_tokens);
  report.sequence_accuracy = vote(best, labels, sequences, num_experts);
  return report;
}

ordered_json report_to_json(const RouterReport& report) {
  ordered_json json{
      {"gate_mode", report.gate_mode}, {"experts", report.experts}, {"num_experts_per_tok", report.num_active}};
  if (report.layers.empty()) {
    json["held_out"] = nullptr;
  } else {
    json["held_out"] = {{"mean_accuracy", mean_accuracy(report)},
                        {"min_accuracy", min_accuracy(report)},
                        {"num_tokens", report.layers.front().num_tokens},
                        {"num_sequences", report.num_held_out_sequences},
                        {"skip_tokens", report.skip_tokens},
                        {"states", "dense base"}};
  }
  json["num_fit_tokens"] = report.num_fit_tokens;
  json["degenerate_layers"] = report.degenerate_layers;
  json["layers"] = ordered_json::array();
  for (const LayerReport& layer : report.layers) json["layers"].push_back(layer_to_json(layer));
  return json;
}

std::string report_to_table(const RouterReport& report) {
  if (report.layers.empty()) return "";
  std::ostringstream out;
  out << std::fixed << std::setprecision(3);
  out << "router (" << report.gate_mode << "), held-out tokens " << report.layers.front().num_tokens << "\n";
  out << "layer  tokens right  texts right  top-1 weight  load";
  for (const std::string& name : report.experts) out << " " << name;
  out << "\n";
  for (const LayerReport& layer : report.layers) {
    out << std::setw(5) << layer.layer << std::setw(14) << layer.accuracy << std::setw(13) << layer.sequence_accuracy
        << std::setw(14) << layer.mean_top1_weight << "  ";
    for (const double share : layer.load) out << " " << share;
    out << "\n";
  }
  out << " mean" << std::setw(14) << mean_accuracy(report) << "\n";
  return out.str();
}

std::vector<std::string> report_warnings(const RouterReport& report) {
  const double num_experts = static_cast<double>(report.experts.size());
  std::vector<std::string> warnings;
  for (const LayerReport& layer : report.layers) {
    for (std::size_t e = 0; e < layer.load.size(); ++e) {
      if (layer.load[e] < 1 / (4 * num_experts)) {
        warnings.push_back(base::cat("layer ", layer.layer, ": expert ", report.experts[e], " is best for ",
                                     100 * layer.load[e], " % of the held-out tokens only"));
      }
    }
    if (num_experts > 1 && layer.accuracy < 1.5 / num_experts) {
      warnings.push_back(base::cat("layer ", layer.layer, ": ", 100 * layer.accuracy,
                                   " % of the held-out tokens go to their expert, hardly more than by chance"));
    }
  }
  return warnings;
}

}  // namespace quartet::routing
