#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "quartet/base/text_table.h"

namespace quartet::eval {

/// Ids of the languages of any system of table.json, in the order of the list of languages.
std::vector<std::string> compared_languages(const nlohmann::json& numbers);
/// Whether a system of table.json has the score: "strict_score" or "codebleu".
bool has_score(const nlohmann::json& numbers, const std::string& score);

/// Means of one score: a row for each system, a column for each language.
base::TextTable means_table(const nlohmann::json& numbers, const std::string& score);
base::TextTable shares_table(const nlohmann::json& numbers);
base::TextTable router_table(const nlohmann::json& router);

/// What intervals, kept and gain kept are.
extern const char* const kComparisonNotes;

}  // namespace quartet::eval
