#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quartet::routing {

/// How one layer's router decides on labelled tokens.
struct LayerReport {
  std::int64_t layer = 0;
  std::int64_t num_tokens = 0;
  double accuracy = 0;               ///< share of tokens whose best expert is the labelled one
  double sequence_accuracy = 0;      ///< share of sequences whose most frequent best expert is the labelled one
  double mean_top1_probability = 0;  ///< of the softmax over all experts
  double mean_top1_weight = 0;       ///< after renormalising over the active experts: what the layer uses
  std::vector<double> load;          ///< [E] share of tokens whose best expert it is
  std::vector<double> active_load;   ///< [E] share of the places among the active experts
  std::vector<std::vector<std::int64_t>> confusion;  ///< [label][best expert], tokens
  std::optional<double> sharpness;                   ///< contrastive: the factor found on the held-out tokens
};

/// router_report.json: what is known of a mixture's routers. Measured on the dense base's router inputs.
struct RouterReport {
  std::string gate_mode;
  std::vector<std::string> experts;
  std::int64_t num_active = 0;
  std::int64_t skip_tokens = 0;
  std::int64_t num_fit_tokens = 0;
  std::int64_t num_held_out_sequences = 0;
  std::vector<LayerReport> layers;              ///< empty without calibration
  std::vector<std::int64_t> degenerate_layers;  ///< condition number above 5
};

/// Measures a router as it is written. Shapes: router [E, D], inputs [N, D]; labels and sequences: per token.
LayerReport measure_router(const at::Tensor& router, const at::Tensor& inputs, const std::vector<std::int64_t>& labels,
                           const std::vector<std::int64_t>& sequences, std::int64_t num_active);

nlohmann::ordered_json report_to_json(const RouterReport& report);
/// router_report.html: one page that needs nothing else.
std::string report_to_html(const RouterReport& report);
/// A line a layer, for people; empty without measurements.
std::string report_to_table(const RouterReport& report);
/// What deserves a warning: experts hardly chosen (share below 1 / (4 E)), accuracy not above chance by half.
std::vector<std::string> report_warnings(const RouterReport& report);

}  // namespace quartet::routing
