#include "quartet/eval/score_report.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/base/manifest.h"
#include "quartet/base/text.h"
#include "quartet/eval/keywords.h"
#include "quartet/eval/statistics.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

/// Differences up to this are rounding.
constexpr double kRounding = 1e-12;

/// A number of a row or of a pool of rows, under its name in the files.
template <class Score>
struct Metric {
  const char* name;
  std::function<double(const Score&)> value;
};

double or_undefined(const std::optional<double>& value) {
  return value.value_or(kUndefined);
}

const std::vector<Metric<CompatScore>>& compat_metrics() {
  static const std::vector<Metric<CompatScore>> kMetrics{
      {"codebleu", [](const CompatScore& s) { return s.codebleu; }},
      {"ngram_match_score", [](const CompatScore& s) { return s.ngram; }},
      {"weighted_ngram_match_score", [](const CompatScore& s) { return s.weighted; }},
      {"syntax_match_score", [](const CompatScore& s) { return s.syntax; }},
      {"dataflow_match_score", [](const CompatScore& s) { return s.dataflow; }}};
  return kMetrics;
}

const std::vector<Metric<StrictScore>>& strict_metrics() {
  static const std::vector<Metric<StrictScore>> kMetrics{
      {"strict_score", [](const StrictScore& s) { return s.score; }},
      {"strict_ngram", [](const StrictScore& s) { return s.ngram; }},
      {"strict_weighted", [](const StrictScore& s) { return s.weighted; }},
      {"strict_syntax", [](const StrictScore& s) { return or_undefined(s.syntax); }},
      {"strict_dataflow", [](const StrictScore& s) { return or_undefined(s.dataflow); }}};
  return kMetrics;
}

json number(double value) {
  return std::isnan(value) ? json() : json(value);
}

using Rows = std::vector<const RowScores*>;

double share(const Rows& rows, const std::function<bool(const RowScores&)>& test) {
  const auto count = std::count_if(rows.begin(), rows.end(), [&](const RowScores* row) { return test(*row); });
  return static_cast<double>(count) / static_cast<double>(rows.size());
}

json shares_json(const Rows& rows, bool compat) {
  const auto asked = [](const RowScores& row) { return row.detected_language == row.grammar; };
  json shares = {
      {"exact_match", share(rows, [](const RowScores& row) { return row.exact_match; })},
      {"prediction_parses", share(rows, [](const RowScores& row) { return row.prediction_parses; })},
      {"reference_parses", share(rows, [](const RowScores& row) { return row.reference_parses; })},
      {"asked_language", share(rows, asked)},
      {"other_language", share(rows, [&](const RowScores& row) { return row.detected_language && !asked(row); })},
      {"unclassified", share(rows, [](const RowScores& row) { return !row.detected_language; })},
      {"truncated", share(rows, [](const RowScores& row) { return row.truncated; })},
      {"over_budget", share(rows, [](const RowScores& row) { return row.over_budget; })},
      {"reference_damaged", share(rows, [](const RowScores& row) { return row.reference_damaged; })},
  };
  if (compat) {
    shares["dataflow_zero"] = share(rows, [](const RowScores& row) { return row.compat.dataflow == 0; });
    shares["reference_without_dataflow"] =
        share(rows, [](const RowScores& row) { return !row.reference_has_dataflow; });
  } else {
    shares["dataflow_null"] = share(rows, [](const RowScores& row) { return !row.strict.dataflow; });
    shares["syntax_null"] = share(rows, [](const RowScores& row) { return !row.strict.syntax; });
  }
  return shares;
}

/// Means over the rows whose reference parses: damaged references drag every score down.
template <class Score>
json clean_rows_json(const Rows& rows, const std::vector<Metric<Score>>& metrics,
                     const std::vector<std::vector<double>>& columns) {
  const auto num_clean =
      std::count_if(rows.begin(), rows.end(), [](const RowScores* row) { return row->reference_parses; });
  json result = {{"n", num_clean}, {"mean", json::object()}};
  for (std::size_t k = 0; k < metrics.size(); ++k) {
    std::vector<double> values;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i]->reference_parses) values.push_back(columns[k][i]);
    }
    result["mean"][metrics[k].name] = number(mean(values));
  }
  return result;
}

/// S of cli.md for one group of rows.
template <class Score>
json group_json(const Rows& rows, const std::vector<Metric<Score>>& metrics, const Score RowScores::*score,
                const Score& pooled, std::uint64_t seed, const std::string& purpose) {
  std::vector<std::vector<double>> columns(metrics.size());
  for (std::size_t k = 0; k < metrics.size(); ++k) {
    for (const RowScores* row : rows) columns[k].push_back(metrics[k].value(row->*score));
  }
  const std::vector<Interval> intervals = bootstrap_means(columns, seed, purpose);
  json result = {{"n", rows.size()},
                 {"mean", json::object()},
                 {"ci95", json::object()},
                 {"median", json::object()},
                 {"pooled", json::object()}};
  for (std::size_t k = 0; k < metrics.size(); ++k) {
    const char* name = metrics[k].name;
    result["mean"][name] = number(mean(columns[k]));
    result["ci95"][name] = json::array({number(intervals[k].low), number(intervals[k].high)});
    result["median"][name] = number(median(columns[k]));
    result["pooled"][name] = number(metrics[k].value(pooled));
  }
  result["where_reference_parses"] = clean_rows_json(rows, metrics, columns);
  return result;
}

json compat_json(const Rows& rows, const Pool& pool, const ScoreOptions& options, std::uint64_t seed,
                 const std::string& purpose) {
  json result = group_json(rows, compat_metrics(), &RowScores::compat, compat_score(pool.compat(), options.weights),
                           seed, purpose);
  result["shares"] = shares_json(rows, true);
  return result;
}

json strict_json(const Rows& rows, const Pool& pool, const ScoreOptions& options, std::uint64_t seed,
                 const std::string& purpose) {
  json result = group_json(rows, strict_metrics(), &RowScores::strict, strict_score(pool.strict(), options.weights),
                           seed, purpose);
  result["shares"] = shares_json(rows, false);
  return result;
}

/// Rows that a correction changes, and by how much: the score as it is minus the corrected one.
json change_json(const Rows& rows, const std::function<double(const RowScores&)>& change) {
  std::size_t num_changed = 0;
  ExactSum sum;
  double largest = 0;
  for (const RowScores* row : rows) {
    const double value = change(*row);
    sum.add(value);
    num_changed += std::abs(value) > kRounding;
    if (std::abs(value) > std::abs(largest)) largest = value;
  }
  return {{"rows", num_changed},
          {"mean_change", sum.value() / static_cast<double>(rows.size())},
          {"largest_change", largest}};
}

/// What upstream's defects do to the compat scores of a group.
json defects_json(const Rows& rows, const Pool& pool) {
  json result;
  for (int i = 0; i < kNumDefects; ++i) {
    result[std::string(defect_key(static_cast<Defect>(i)))] = change_json(
        rows, [&](const RowScores& row) { return row.compat.codebleu - row.corrected[static_cast<std::size_t>(i)]; });
  }
  const std::vector<double> means = pool.means_by_seed();
  if (means.size() < 2) return result;
  result["hash_seed"] =
      change_json(rows, [](const RowScores& row) { return row.highest_by_seed - row.lowest_by_seed; });
  const auto [low, high] = std::minmax_element(means.begin(), means.end());
  result["hash_seeds"] = {{"count", means.size()}, {"min", *low}, {"mean", mean(means)}, {"max", *high}};
  return result;
}

/// Paired differences to the baseline, over the rows that both have.
json change_from_baseline_json(const Rows& rows, const ScoreOptions& options, std::uint64_t seed,
                               const std::string& purpose) {
  std::vector<std::vector<double>> columns(2);
  for (const RowScores* row : rows) {
    columns[0].push_back(row->compat.codebleu - row->before.compat);
    columns[1].push_back(row->strict.score - row->before.strict);
  }
  const std::vector<Interval> intervals = bootstrap_means(columns, seed, purpose);
  json result = json::object();
  const auto add = [&](const char* name, std::size_t column) {
    const auto num_paired =
        std::count_if(columns[column].begin(), columns[column].end(), [](double value) { return !std::isnan(value); });
    result[name] = {{"n", num_paired},
                    {"mean", number(mean(columns[column]))},
                    {"ci95", json::array({number(intervals[column].low), number(intervals[column].high)})}};
  };
  if (options.compat) add("codebleu", 0);
  if (options.strict) add("strict_score", 1);
  return result;
}

json findings_json(const std::vector<GuardReport::Finding>& findings) {
  json result = json::array();
  for (const auto& finding : findings) result.push_back({{"check", finding.check}, {"message", finding.message}});
  return result;
}

json budget_name(BudgetLimit limit) {
  switch (limit) {
    case BudgetLimit::kNone:
      return nullptr;
    case BudgetLimit::kParse:
      return "parse";
    case BudgetLimit::kDataflow:
      return "dataflow";
    case BudgetLimit::kDepth:
      return "depth";
  }
  return nullptr;
}

/// {"asked": {"detected": count}} without zeros.
json confusion_json(const LanguageConfusion& languages) {
  json result = json::object();
  for (const code::Grammar asked : languages.languages()) {
    if (languages.num_asked(asked) == 0) continue;
    json& row = result[std::string(code::language_id(asked))];
    for (const code::Grammar detected : languages.languages()) {
      const std::uint64_t count = languages.count(asked, detected);
      if (count > 0) row[std::string(code::language_id(detected))] = count;
    }
    if (const std::uint64_t count = languages.count(asked, std::nullopt); count > 0) row["unclassified"] = count;
  }
  return result;
}

std::string csv_cell(const json& value) {
  if (value.is_null()) return "";
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return "\"" + base::replace_all(text, "\"", "\"\"") + "\"";
}

}  // namespace

json sample_json(const ScoredRow& row, const ScoreOptions& options) {
  const std::string flag = row_flag(row.row);
  json result = {
      {"id", json::parse(row.row.id)},
      {"sample", row.row.sample},
      {"language", code::language_id(row.row.grammar)},
      {"exact_match", row.exact_match},
      {"reference_parses", row.reference_parses},
      {"prediction_parses", row.prediction_parses},
      {"detected_language", row.detected_language ? json(code::language_id(*row.detected_language)) : json()},
      {"truncated", row.row.truncated ? json(*row.row.truncated) : json()},
      {"guard", flag.empty() ? json() : json(flag)},
      {"over_budget", budget_name(row.over_budget)},
  };
  if (options.detok_xlcost) {
    json& damage = result["reference_damage"] = json::array();
    for (const code::XlcostDamage each : row.reference_damage) damage.push_back(code::damage_name(each));
  }
  if (options.compat) {
    for (const auto& metric : compat_metrics()) result[metric.name] = number(metric.value(row.compat_score));
    if (row.compat.over_budget) result["dataflow_match_score"] = nullptr;
  }
  if (options.strict) {
    for (const auto& metric : strict_metrics()) result[metric.name] = number(metric.value(row.strict_score));
  }
  return result;
}

std::vector<std::string> sample_columns(const ScoreOptions& options) {
  std::vector<std::string> columns{"id", "sample", "language"};
  if (options.compat) {
    for (const auto& metric : compat_metrics()) columns.emplace_back(metric.name);
  }
  if (options.strict) {
    for (const auto& metric : strict_metrics()) columns.emplace_back(metric.name);
  }
  for (const char* name : {"exact_match", "reference_parses", "prediction_parses", "detected_language", "truncated",
                           "guard", "over_budget"}) {
    columns.emplace_back(name);
  }
  if (options.detok_xlcost) columns.emplace_back("reference_damage");
  return columns;
}

std::string csv_header(const std::vector<std::string>& columns) {
  return base::join(columns, ",") + "\n";
}

std::string csv_line(const std::vector<std::string>& columns, const json& sample) {
  std::vector<std::string> cells;
  for (const std::string& column : columns) cells.push_back(csv_cell(sample[column]));
  return base::join(cells, ",") + "\n";
}

json score_header(const ScoreOptions& options, std::uint64_t seed) {
  json versions = {{"quartet", base::version()},
                   {"tree_sitter", code::tree_sitter_version()},
                   {"strict_keywords", kStrictKeywordsVersion}};
  json hashes = json::object();
  for (int i = 0; i < code::kNumGrammars; ++i) {
    const auto grammar = static_cast<code::Grammar>(i);
    versions["tree_sitter_" + std::string(code::language_id(grammar))] = code::grammar_version(grammar);
    hashes[std::string(code::language_id(grammar))] = code::grammar_hash(grammar);
  }
  return {{"mode", options.compat ? options.strict ? "both" : "compat" : "strict"},
          {"versions", versions},
          {"grammar_hashes", hashes},
          {"compat_reference", "codebleu 0.6.0"},
          {"hash_seed", options.python.hashing.seed},
          {"num_hash_seeds", std::max<std::size_t>(1, options.python.other_seeds.size())},
          {"python_hash", options.python.hashing.hash == PythonHash::kSip13 ? "SipHash-1-3" : "SipHash-2-4"},
          {"weights", options.weights},
          {"detok", options.detok_xlcost ? "xlcost" : "none"},
          {"seed", seed}};
}

json summarize(const ScoreBoard& board, const ScoreOptions& options, const GuardReport& guard, bool guard_enforced,
               const LanguageConfusion& languages, json header, std::uint64_t seed) {
  Rows all;
  std::map<code::Grammar, Rows> by_language;
  for (const RowScores& row : board.rows()) {
    all.push_back(&row);
    by_language[row.grammar].push_back(&row);
  }
  json result = {{"header", std::move(header)},
                 {"guard",
                  {{"enforced", guard_enforced},
                   {"refusals", findings_json(guard.refusals)},
                   {"warnings", findings_json(guard.warnings)}}}};
  const auto add = [&](const char* mode, const auto& group) {
    result[mode]["overall"] = group(all, board.overall(), options, seed, "bootstrap/overall");
    for (const auto& [grammar, pool] : board.languages()) {
      const std::string language(code::language_id(grammar));
      result[mode]["languages"][language] = group(by_language[grammar], pool, options, seed, "bootstrap/" + language);
    }
  };
  if (options.compat) add("compat", compat_json);
  if (options.strict) add("strict", strict_json);
  if (options.compat) {
    result["defects"]["overall"] = defects_json(all, board.overall());
    for (const auto& [grammar, pool] : board.languages()) {
      result["defects"]["languages"][std::string(code::language_id(grammar))] =
          defects_json(by_language[grammar], pool);
    }
  }
  if (board.baseline() != nullptr) {
    json& change = result["change_from_baseline"] = {{"baseline", board.baseline()->name()}};
    change["overall"] = change_from_baseline_json(all, options, seed, "bootstrap/change/overall");
    for (const auto& [grammar, group_rows] : by_language) {
      const std::string language(code::language_id(grammar));
      change["languages"][language] =
          change_from_baseline_json(group_rows, options, seed, "bootstrap/change/" + language);
    }
  }
  result["detected_languages"] = confusion_json(languages);
  return result;
}

}  // namespace quartet::eval
