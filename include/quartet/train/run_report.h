#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace quartet::train {

/// report.html of a run: its curves and settings on one page that needs nothing else.
///
/// `metrics`: the rows of metrics.jsonl, step and eval rows. `manifest`: as written beside it; its `options` and `result`
/// are shown.
std::string run_report_html(std::span<const nlohmann::json> metrics, const nlohmann::json& manifest);

}  // namespace quartet::train
