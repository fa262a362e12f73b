#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quartet/eval/score_page.h"

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

/// A row of a system that lost against the baseline.
struct LostRow {
  std::string language;
  std::string id;  ///< as compact JSON
  long sample = 0;
  double before = 0;  ///< the baseline's strict score (compat where there is no strict one)
  double now = 0;
};

/// What a page needs of a system beside the numbers.
struct SystemRows {
  std::string name;
  std::vector<LanguageScores> languages;
  std::vector<LostRow> losses;  ///< the worst, worst first; none for the baseline
};

struct Comparison {
  nlohmann::json numbers;           ///< table.json
  std::vector<SystemRows> systems;  ///< in the order of the request
};

/// table.json: for each system and language (and overall) the means of the strict and compat scores with 95 %
/// intervals, differences to the baseline paired by (language, id, sample), the shares of the best system's mean and of
/// its gain that are kept, exact match, and how many answers parse and are in the asked language; routing accuracy and
/// load for each router. Throws: DataError for missing or bad files, where systems were scored with different settings,
/// and where two systems have no row in common.
Comparison compare_systems(const TableRequest& request);

/// The comparison for a terminal, as Markdown …
std::string comparison_text(const nlohmann::json& numbers);
std::string comparison_markdown(const nlohmann::json& numbers);
/// … and as a page.
std::string comparison_html(const Comparison& comparison);

}  // namespace quartet::eval
