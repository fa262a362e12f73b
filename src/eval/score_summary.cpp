#include <nlohmann/json.hpp>

#include "page_parts.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/eval/confusion_table.h"
#include "quartet/eval/defects_table.h"
#include "quartet/eval/score_report.h"

namespace quartet::eval {
namespace {

using base::format_score;
using base::format_share;
using base::TextTable;
using nlohmann::json;

std::string with_interval(const json& group, const std::string& metric) {
  const json& interval = group["ci95"][metric];
  return base::cat(format_score(number_or_undefined(group["mean"][metric])), " [", format_score(number_or_undefined(interval[0])), ", ",
                   format_score(number_or_undefined(interval[1])), "]");
}

/// One table for a mode: a row for each language and one for all.
TextTable mode_table(const json& scores, const std::string& mode) {
  const bool compat = mode == "compat";
  const std::string total = compat ? "codebleu" : "strict_score";
  const std::vector<std::string> parts =
      compat ? std::vector<std::string>{"ngram_match_score", "weighted_ngram_match_score", "syntax_match_score",
                                        "dataflow_match_score"}
             : std::vector<std::string>{"strict_ngram", "strict_weighted", "strict_syntax", "strict_dataflow"};
  TextTable table;
  table.title = compat ? base::cat("CodeBLEU, compat (codebleu 0.6.0, hash seed ",
                                   scores["header"]["hash_seed"].get<std::uint32_t>(), ")")
                       : "CodeBLEU, strict";
  table.header = {"language", "n",      "mean [95 %]", "n-gram", "weighted", "syntax", "dataflow",
                  "median",   "pooled", "exact",       "parses", "asked",    "other",  compat ? "df = 0" : "df null"};
  const auto add = [&](const std::string& name, const json& group) {
    std::vector<std::string> row{name, std::to_string(group["n"].get<std::size_t>()), with_interval(group, total)};
    for (const std::string& part : parts) row.push_back(format_score(number_or_undefined(group["mean"][part])));
    row.push_back(format_score(number_or_undefined(group["median"][total])));
    row.push_back(format_score(number_or_undefined(group["pooled"][total])));
    for (const char* key : {"exact_match", "prediction_parses", "asked_language", "other_language"}) {
      row.push_back(format_share(group["shares"][key].get<double>()));
    }
    row.push_back(format_share(group["shares"][compat ? "dataflow_zero" : "dataflow_null"].get<double>()));
    table.rows.push_back(std::move(row));
  };
  for (const auto& [language, group] : scores[mode]["languages"].items()) add(language, group);
  add("overall", scores[mode]["overall"]);
  return table;
}

/// What changed against the baseline: paired differences, one table a mode.
TextTable change_table(const json& change, const std::string& metric, const std::string& mode) {
  TextTable table;
  table.title = base::cat("Change from ", change["baseline"].get<std::string>(), ", ", mode);
  table.header = {"language", "pairs", "mean change [95 %]"};
  const auto add = [&](const std::string& name, const json& group) {
    const json& entry = group[metric];
    table.rows.push_back(
        {name, std::to_string(entry["n"].get<std::size_t>()),
         base::cat(format_score(number_or_undefined(entry["mean"])), " [", format_score(number_or_undefined(entry["ci95"][0])), ", ",
                   format_score(number_or_undefined(entry["ci95"][1])), "]")});
  };
  for (const auto& [language, group] : change["languages"].items()) add(language, group);
  add("overall", change["overall"]);
  return table;
}

std::vector<TextTable> tables(const json& scores) {
  std::vector<TextTable> result;
  for (const char* mode : {"compat", "strict"}) {
    if (scores.contains(mode)) result.push_back(mode_table(scores, mode));
  }
  for (TextTable& table : defect_tables(scores)) result.push_back(std::move(table));
  if (scores.contains("change_from_baseline")) {
    const json& change = scores["change_from_baseline"];
    if (scores.contains("compat")) result.push_back(change_table(change, "codebleu", "compat"));
    if (scores.contains("strict")) result.push_back(change_table(change, "strict_score", "strict"));
  }
  if (scores.contains("detected_languages")) result.push_back(confusion_table(scores["detected_languages"]));
  return result;
}

std::vector<std::string> guard_lines(const json& scores) {
  std::vector<std::string> lines;
  for (const char* kind : {"refusals", "warnings"}) {
    for (const json& finding : scores["guard"][kind]) {
      lines.push_back(base::cat(kind == std::string("refusals") ? "refused, overridden" : "warning", " (",
                                finding["check"].get<std::string>(), "): ", finding["message"].get<std::string>()));
    }
  }
  return lines;
}

constexpr const char* kNotes =
    "compat repeats the Python package, faults included: a data-flow match of 0 counts as 1 inside `codebleu`, and its "
    "weighted "
    "n-gram match is a recall. strict uses real components or none. The two are not comparable with each other.";

}  // namespace

std::string summary_text(const json& scores) {
  std::string out;
  for (const TextTable& table : tables(scores)) out += (out.empty() ? "" : "\n") + table.to_text();
  return out;
}

std::string summary_markdown(const json& scores) {
  std::string out = "# CodeBLEU\n\n";
  for (const std::string& line : guard_lines(scores)) out += "> " + line + "\n\n";
  for (const TextTable& table : tables(scores)) out += table.to_markdown() + "\n";
  out += std::string(kNotes) + "\n\n";
  for (const auto& [name, sentence] : defect_notes(scores)) out += "- " + name + ": " + sentence + "\n";
  return out + "\n```json\n" + scores["header"].dump(2) + "\n```\n";
}

}  // namespace quartet::eval
