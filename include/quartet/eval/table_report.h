#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quartet::eval {

/// What `evaluate table` puts side by side.
struct TableRequest {
  std::vector<std::pair<std::string, std::filesystem::path>> systems;  ///< name, folder that evaluate codebleu wrote
  std::vector<std::pair<std::string, std::filesystem::path>>
      routers;  ///< name, model directory with router_report.json
  std::optional<std::string> baseline;
  std::optional<std::string> best;
  std::uint64_t seed = 0;
};

/// table.json: for each system and language (and overall) the means of the strict and compat scores with 95 %
/// intervals, differences to the baseline paired by (language, id, sample), the shares of the best system's mean and of
/// its gain that are kept, exact match, and how many answers parse and are in the asked language; routing accuracy and
/// load for each router. Throws: DataError for missing or bad files, where systems were scored with different settings,
/// and where two systems have no row in common.
nlohmann::json compare_systems(const TableRequest& request);

/// The comparison for a terminal, as Markdown and as a page.
std::string comparison_text(const nlohmann::json& comparison);
std::string comparison_markdown(const nlohmann::json& comparison);
std::string comparison_html(const nlohmann::json& comparison);

}  // namespace quartet::eval
