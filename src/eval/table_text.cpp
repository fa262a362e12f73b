#include "table_text.h"

#include <nlohmann/json.hpp>
#include <set>

#include "page_parts.h"
#include "quartet/base/language.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/table_report.h"

namespace quartet::eval {
namespace {

using base::format_score;
using base::format_share;
using base::TextTable;
using nlohmann::json;

std::string signed_text(double value) {
  return (value >= 0 ? "+" : "") + format_score(value, 3);
}

/// ".851 [.832, .870]"
std::string with_interval(const json& scores, const std::string& key, const std::string& interval_key,
                          bool is_signed = false) {
  if (!scores.contains(key)) return "-";
  const auto format = [&](const json& value) {
    return is_signed && value.is_number() ? signed_text(number_or_undefined(value)) : format_score(number_or_undefined(value), 3);
  };
  const json& interval = scores[interval_key];
  return base::cat(format(scores[key]), " [", format(interval[0]), ", ", format(interval[1]), "]");
}

std::string score_title(const std::string& score) {
  return score == "codebleu" ? "compat CodeBLEU (as codebleu 0.6.0)" : "strict CodeBLEU";
}

/// Paired differences to the baseline: a row for each system, a column for each language.
TextTable differences_table(const json& comparison, const std::string& score) {
  const std::vector<std::string> languages = compared_languages(comparison);
  TextTable table;
  table.title = score_title(score) + ": paired difference to " + comparison["baseline"].get<std::string>() + " [95 %]";
  table.header = {"system"};
  table.header.insert(table.header.end(), languages.begin(), languages.end());
  for (const json& system : comparison["systems"]) {
    if (system["name"] == comparison["baseline"]) continue;
    std::vector<std::string> row{system["name"].get<std::string>()};
    for (const std::string& language : languages) {
      const json numbers = system["languages"].value(language, json::object());
      row.push_back(with_interval(numbers.value(score, json::object()), "difference", "difference_ci95", true));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<TextTable> tables(const json& comparison) {
  std::vector<TextTable> result;
  for (const char* score : {"strict_score", "codebleu"}) {
    if (!has_score(comparison, score)) continue;
    result.push_back(means_table(comparison, score));
    if (!comparison["baseline"].is_null()) result.push_back(differences_table(comparison, score));
  }
  result.push_back(shares_table(comparison));
  for (const json& router : comparison["routers"]) result.push_back(router_table(router));
  return result;
}

}  // namespace

const char* const kComparisonNotes =
    "Intervals: 95 % percentile bootstrap over tasks; differences, kept and gain kept are paired by task. kept = mean "
    "/ mean of the "
    "best system; gain kept = (mean - baseline) / (best - baseline). Compat and strict scores are not comparable with "
    "each other.";

std::vector<std::string> compared_languages(const json& comparison) {
  std::set<std::string> present;
  for (const json& system : comparison["systems"]) {
    for (const auto& [language, numbers] : system["languages"].items()) present.insert(language);
  }
  std::vector<std::string> ordered;
  for (const base::Language& language : base::languages()) {
    if (present.contains(std::string(language.id))) ordered.emplace_back(language.id);
  }
  return ordered;
}

bool has_score(const json& comparison, const std::string& score) {
  for (const json& system : comparison["systems"]) {
    if (system["overall"].contains(score)) return true;
  }
  return false;
}

TextTable means_table(const json& comparison, const std::string& score) {
  const std::vector<std::string> languages = compared_languages(comparison);
  TextTable table;
  table.title = score_title(score) + ": mean";
  table.header = {"system"};
  table.header.insert(table.header.end(), languages.begin(), languages.end());
  table.header.insert(table.header.end(), {"overall [95 %]"});
  const bool has_baseline = !comparison["baseline"].is_null();
  const bool has_best = !comparison["best"].is_null();
  if (has_baseline) table.header.push_back("difference to " + comparison["baseline"].get<std::string>() + " [95 %]");
  if (has_best) table.header.push_back("kept of " + comparison["best"].get<std::string>() + " [95 %]");
  if (has_baseline && has_best) table.header.push_back("gain kept [95 %]");
  for (const json& system : comparison["systems"]) {
    std::vector<std::string> row{system["name"].get<std::string>()};
    for (const std::string& language : languages) {
      const json numbers = system["languages"].value(language, json::object());
      row.push_back(numbers.contains(score) ? format_score(number_or_undefined(numbers[score]["mean"]), 3) : "-");
    }
    const json scores = system["overall"].value(score, json::object());
    row.push_back(with_interval(scores, "mean", "ci95"));
    if (has_baseline) row.push_back(with_interval(scores, "difference", "difference_ci95", true));
    if (has_best) row.push_back(with_interval(scores, "kept", "kept_ci95"));
    if (has_baseline && has_best) row.push_back(with_interval(scores, "gain_kept", "gain_kept_ci95"));
    table.rows.push_back(std::move(row));
  }
  return table;
}

TextTable shares_table(const json& comparison) {
  TextTable table;
  table.title = "Answers";
  table.header = {"system",          "n",     "exact match [95 %]", "parses",
                  "parses in asked", "asked", "other language",     "unclassified"};
  for (const json& system : comparison["systems"]) {
    const json& numbers = system["overall"];
    const json& shares = numbers["shares"];
    std::vector<std::string> row{system["name"].get<std::string>(), std::to_string(numbers["n"].get<std::size_t>()),
                                 with_interval(numbers["exact_match"], "mean", "ci95")};
    for (const char* share :
         {"prediction_parses", "parses_in_asked_language", "asked_language", "other_language", "unclassified"}) {
      row.push_back(format_share(number_or_undefined(shares[share])));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

TextTable router_table(const json& router) {
  TextTable table;
  table.title = "Routing of " + router["name"].get<std::string>() + " on held-out tokens: mean accuracy " +
                format_score(number_or_undefined(router.value("mean_accuracy", json())), 3);
  table.header = {"layer", "accuracy"};
  std::size_t num_experts = 0;
  for (const json& layer : router["layers"])
    num_experts = std::max(num_experts, layer["load"].is_array() ? layer["load"].size() : 0);
  const json experts = router.value("experts", json::array());
  for (std::size_t e = 0; e < num_experts; ++e) {
    table.header.push_back(
        "load " + (e < experts.size() && experts[e].is_string() ? experts[e].get<std::string>() : std::to_string(e)));
  }
  for (const json& layer : router["layers"]) {
    std::vector<std::string> row{layer["layer"].dump(), format_score(number_or_undefined(layer["accuracy"]), 3)};
    for (std::size_t e = 0; e < num_experts; ++e) {
      const bool known = layer["load"].is_array() && e < layer["load"].size();
      row.push_back(known ? format_score(number_or_undefined(layer["load"][e]), 3) : "-");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string comparison_text(const json& comparison) {
  std::string out;
  for (const TextTable& table : tables(comparison)) out += (out.empty() ? "" : "\n") + table.to_text();
  return out;
}

std::string comparison_markdown(const json& comparison) {
  std::string out = "# Systems side by side\n\n";
  for (const TextTable& table : tables(comparison)) out += table.to_markdown() + "\n";
  return out + kComparisonNotes + "\n";
}

}  // namespace quartet::eval
