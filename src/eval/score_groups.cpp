#include "score_groups.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"

namespace quartet::eval {

using base::cat;
using base::escape_html;
using base::format_score;
using nlohmann::json;

const Mode kStrict{"strict",
                   "Strict score",
                   "Real parts or none: what to judge by.",
                   "strict_score",
                   {"strict_ngram", "strict_weighted", "strict_syntax", "strict_dataflow"},
                   "dataflow_null",
                   "no data flow",
                   &LanguageScores::strict,
                   &LanguageScores::strict_before};
const Mode kCompat{
    "compat",
    "Compat CodeBLEU",
    "As the Python package codebleu 0.6.0 prints it, faults included: for comparison with the literature.",
    "codebleu",
    {"ngram_match_score", "weighted_ngram_match_score", "syntax_match_score", "dataflow_match_score"},
    "dataflow_zero",
    "data flow 0",
    &LanguageScores::compat,
    &LanguageScores::compat_before};

std::vector<const Mode*> modes_of(const json& scores) {
  std::vector<const Mode*> modes;
  for (const Mode* mode : {&kStrict, &kCompat}) {
    if (field(field(scores, mode->key), "overall").is_object()) modes.push_back(mode);
  }
  return modes;
}

std::vector<std::string> languages_of(const json& group) {
  std::vector<std::string> ids;
  for (const auto& [language, numbers] : field(group, "languages").items()) ids.push_back(language);
  return in_language_order(std::move(ids));
}

std::vector<ScoreGroup> groups_of(const json& mode) {
  std::vector<ScoreGroup> groups;
  for (const std::string& language : languages_of(mode)) {
    groups.push_back({language_name(language), &mode["languages"][language]});
  }
  if (groups.size() != 1) groups.push_back({"All", &field(mode, "overall"), true});
  return groups;
}

std::string row_start(const ScoreGroup& group) {
  return cat("<tr", group.is_overall ? " class=\"all\"" : "", "><th scope=\"row\">", escape_html(group.name), "</th>");
}

std::string header_row(const std::vector<std::string>& cells) {
  std::string out = "<thead><tr>";
  for (const std::string& cell : cells) out += "<th scope=\"col\">" + escape_html(cell) + "</th>";
  return out + "</tr></thead>";
}

double mean_of(const json& numbers, const char* metric) {
  return number_or_undefined(field(field(numbers, "mean"), metric));
}

double share_of(const json& numbers, const char* share) {
  return number_or_undefined(field(field(numbers, "shares"), share));
}

std::string count_of(const json& numbers) {
  const json& n = field(numbers, "n");
  return n.is_number() ? std::to_string(n.get<std::size_t>()) : "-";
}

std::pair<double, double> ends_of(const json& interval) {
  if (!interval.is_array() || interval.size() != 2) return {NAN, NAN};
  return {number_or_undefined(interval[0]), number_or_undefined(interval[1])};
}

std::pair<double, double> interval_of(const json& numbers, const char* metric) {
  return ends_of(field(field(numbers, "ci95"), metric));
}

std::string interval_text(const json& numbers, const char* metric) {
  const auto [low, high] = interval_of(numbers, metric);
  return format_score(low) + " to " + format_score(high);
}

double given_share(const json& scores, const json& numbers) {
  const json& weights = field(field(scores, "header"), "weights");
  const double weight =
      weights.is_array() && weights.size() == kPartNames.size() ? number_or_undefined(weights[3]) : NAN;
  return weight * share_of(numbers, kCompat.empty_flow) / mean_of(numbers, kCompat.total);
}

}  // namespace quartet::eval
