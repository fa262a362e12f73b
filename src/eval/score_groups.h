#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "quartet/eval/score_page.h"

namespace quartet::eval {

/// What is particular to a mode.
struct Mode {
  const char* key;
  const char* title;
  const char* subtitle;
  const char* total;
  std::array<const char*, 4> parts;
  const char* empty_flow;        ///< a share
  const char* empty_flow_title;  ///< its column
  std::vector<double> LanguageScores::*values;
  std::vector<double> LanguageScores::*before;
};

extern const Mode kStrict;
extern const Mode kCompat;
inline constexpr std::array<const char*, 4> kPartNames{"n-gram", "weighted", "syntax", "data flow"};

/// The modes that scores.json has.
std::vector<const Mode*> modes_of(const nlohmann::json& scores);
/// Ids of the languages of a mode of scores.json.
std::vector<std::string> languages_of(const nlohmann::json& mode);

/// A row of a table: a language's name and its numbers, or those of all rows.
struct ScoreGroup {
  std::string name;
  const nlohmann::json* numbers;
  bool is_overall = false;
};

/// The languages, and all rows where there are more languages than one.
std::vector<ScoreGroup> groups_of(const nlohmann::json& mode);

/// "<tr><th>Java</th>"
std::string row_start(const ScoreGroup& group);
std::string header_row(const std::vector<std::string>& cells);

/// Numbers of a group; NaN where they are missing or null.
double mean_of(const nlohmann::json& numbers, const char* metric);
double share_of(const nlohmann::json& numbers, const char* share);
std::pair<double, double> interval_of(const nlohmann::json& numbers, const char* metric);
/// The ends of a "ci95".
std::pair<double, double> ends_of(const nlohmann::json& interval);
std::string count_of(const nlohmann::json& numbers);
/// "0.0711 to 0.0862"
std::string interval_text(const nlohmann::json& numbers, const char* metric);
/// The part of a group's compat score that is given for data-flow matches of 0.
double given_share(const nlohmann::json& scores, const nlohmann::json& numbers);

}  // namespace quartet::eval
