#include "quartet/eval/table_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/eval/statistics.h"
#include "score_folder.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

constexpr const char* kScores[] = {"strict_score", "codebleu"};
constexpr const char* kOverall = "overall";
constexpr std::size_t kMostLosses = 20;  // shown of each system

/// (language, id, sample) -> row of scores_per_sample.jsonl; languages in the order of the file's rows do not matter.
using Samples = std::map<std::tuple<std::string, std::string, long>, json>;

Samples read_samples(const std::filesystem::path& directory) {
  Samples samples;
  const std::filesystem::path path = directory / "scores_per_sample.jsonl";
  base::JsonlReader reader(path);
  while (auto row = reader.next()) {
    const std::string where = reader.where();
    const std::string language = base::require_string(*row, "language", where);
    if (!row->contains("id")) throw DataError(where + ": field \"id\" is missing");
    const json sample = row->value("sample", json(0));
    if (!sample.is_number_integer()) throw DataError(where + ": field \"sample\" must be an integer");
    std::tuple key(language, base::to_json_line((*row)["id"]), sample.get<long>());
    if (!samples.emplace(std::move(key), *std::move(row)).second)
      throw DataError(where + ": this row was there before");
  }
  if (samples.empty()) throw DataError(path.string() + ": no rows");
  return samples;
}

double score_of(const json& row, const char* field) {
  const auto found = row.find(field);
  return found != row.end() && found->is_number() ? found->get<double>() : kUndefined;
}

double flag_of(const json& row, const char* field) {
  return row.value(field, json(false)) == true ? 1.0 : 0.0;
}

json number(double value) {
  return std::isfinite(value) ? json(value) : json();
}
json interval_json(const Interval& interval) {
  return json::array({number(interval.low), number(interval.high)});
}

/// The rows of one system in one language (or all), beside the same rows of the baseline and of the best system.
struct Group {
  std::vector<const json*> rows;
  std::vector<const json*> baseline;  // null where that system lacks the row
  std::vector<const json*> best;
};

std::vector<double> column(const std::vector<const json*>& rows, const char* field) {
  std::vector<double> values;
  for (const json* row : rows) values.push_back(row == nullptr ? kUndefined : score_of(*row, field));
  return values;
}

/// Means over the rows that all systems concerned have.
struct PairedMeans {
  double own = 0, baseline = 0, best = 0;
};

PairedMeans paired_means(const std::vector<double>& own, const std::vector<double>& baseline,
                         const std::vector<double>& best, std::span<const std::uint32_t> rows, bool needs_baseline,
                         bool needs_best) {
  PairedMeans sums;
  std::size_t count = 0;
  for (const std::uint32_t row : rows) {
    if (std::isnan(own[row]) || (needs_baseline && std::isnan(baseline[row])) || (needs_best && std::isnan(best[row])))
      continue;
    sums.own += own[row];
    if (needs_baseline) sums.baseline += baseline[row];
    if (needs_best) sums.best += best[row];
    ++count;
  }
  if (count == 0) return {kUndefined, kUndefined, kUndefined};
  const auto n = static_cast<double>(count);
  return {sums.own / n, sums.baseline / n, sums.best / n};
}

double divide(double part, double whole) {
  return whole == 0 ? kUndefined : part / whole;
}

/// Mean, difference, kept and gain kept of one score, each with its interval from the same draws.
json score_json(const Group& group, const char* field, const TableRequest& request, const std::string& purpose) {
  const std::vector<double> own = column(group.rows, field);
  const std::vector<double> baseline = column(group.baseline, field);
  const std::vector<double> best = column(group.best, field);
  enum { kMean, kDifference, kKept, kGainKept, kNumStatistics };
  const auto compute = [&](std::span<const std::uint32_t> rows, std::span<double> out) {
    out[kMean] = paired_means(own, baseline, best, rows, false, false).own;
    const PairedMeans to_baseline = paired_means(own, baseline, best, rows, true, false);
    out[kDifference] = request.baseline ? to_baseline.own - to_baseline.baseline : kUndefined;
    const PairedMeans to_best = paired_means(own, baseline, best, rows, false, true);
    out[kKept] = request.best ? divide(to_best.own, to_best.best) : kUndefined;
    const PairedMeans to_both = paired_means(own, baseline, best, rows, true, true);
    out[kGainKept] = request.baseline && request.best
                         ? divide(to_both.own - to_both.baseline, to_both.best - to_both.baseline)
                         : kUndefined;
  };
  std::vector<std::uint32_t> every_row(own.size());
  for (std::uint32_t i = 0; i < every_row.size(); ++i) every_row[i] = i;
  std::vector<double> values(kNumStatistics);
  compute(every_row, values);
  if (std::isnan(values[kMean])) return nullptr;
  const std::vector<Interval> intervals = bootstrap(own.size(), kNumStatistics, request.seed, purpose, compute);
  json result = {{"mean", number(values[kMean])}, {"ci95", interval_json(intervals[kMean])}};
  const auto add = [&](const char* name, int statistic) {
    result[name] = number(values[statistic]);
    result[std::string(name) + "_ci95"] = interval_json(intervals[statistic]);
  };
  if (request.baseline) add("difference", kDifference);
  if (request.best) add("kept", kKept);
  if (request.baseline && request.best) add("gain_kept", kGainKept);
  return result;
}

json shares_json(const Group& group) {
  std::map<std::string, double> counts{{"prediction_parses", 0},
                                       {"asked_language", 0},
                                       {"other_language", 0},
                                       {"unclassified", 0},
                                       {"parses_in_asked_language", 0}};
  for (const json* row : group.rows) {
    const json detected = row->value("detected_language", json());
    const bool parses = flag_of(*row, "prediction_parses") > 0;
    const bool asked = detected == (*row)["language"];
    counts["prediction_parses"] += parses;
    counts["parses_in_asked_language"] += parses && asked;
    ++counts[detected.is_null() ? "unclassified" : asked ? "asked_language" : "other_language"];
  }
  json shares = json::object();
  for (const auto& [name, count] : counts) shares[name] = count / static_cast<double>(group.rows.size());
  return shares;
}

json exact_json(const Group& group, const TableRequest& request, const std::string& purpose) {
  std::vector<double> own;
  std::vector<double> difference;
  for (std::size_t i = 0; i < group.rows.size(); ++i) {
    own.push_back(flag_of(*group.rows[i], "exact_match"));
    const json* baseline = group.baseline[i];
    difference.push_back(baseline == nullptr ? kUndefined : own.back() - flag_of(*baseline, "exact_match"));
  }
  const std::vector<Interval> intervals = bootstrap_means({own, difference}, request.seed, purpose);
  json result = {{"mean", number(mean(own))}, {"ci95", interval_json(intervals[0])}};
  if (request.baseline) {
    result["difference"] = number(mean(difference));
    result["difference_ci95"] = interval_json(intervals[1]);
  }
  return result;
}

json group_json(const Group& group, const TableRequest& request, const std::string& purpose) {
  json result = {
      {"n", group.rows.size()}, {"exact_match", exact_json(group, request, purpose)}, {"shares", shares_json(group)}};
  for (const char* field : kScores) {
    json scores = score_json(group, field, request, purpose);
    if (!scores.is_null()) result[field] = std::move(scores);
  }
  return result;
}

const json* find_row(const Samples* samples, const Samples::key_type& key) {
  if (samples == nullptr) return nullptr;
  const auto found = samples->find(key);
  return found == samples->end() ? nullptr : &found->second;
}

void require_same_settings(const TableRequest& request) {
  SettingsCheck settings;
  for (const auto& [name, directory] : request.systems) {
    const std::string path = (directory / "scores.json").string();
    const json header = read_score_header(directory);
    if (header.is_null()) {
      base::log_warning(base::cat("system ", name, ": ", path, " is missing, so how it was scored is unknown"));
    } else {
      settings.add(header, path);
    }
  }
}

/// Names have been checked: nothing, or the samples of that system.
const Samples* find_system(const std::vector<Samples>& samples, const TableRequest& request,
                           const std::optional<std::string>& name) {
  for (std::size_t i = 0; name && i < request.systems.size(); ++i) {
    if (request.systems[i].first == *name) return &samples[i];
  }
  return nullptr;
}

json system_json(const std::string& name, const Samples& samples, const Samples* baseline, const Samples* best,
                 const TableRequest& request) {
  std::map<std::string, Group> groups;
  std::size_t num_paired = 0;
  for (const auto& [key, row] : samples) {
    const json* in_baseline = find_row(baseline, key);
    const json* in_best = find_row(best, key);
    num_paired += (baseline == nullptr || in_baseline != nullptr) && (best == nullptr || in_best != nullptr);
    for (const std::string& group : {std::get<0>(key), std::string(kOverall)}) {
      groups[group].rows.push_back(&row);
      groups[group].baseline.push_back(in_baseline);
      groups[group].best.push_back(in_best);
    }
  }
  if (num_paired == 0)
    throw DataError(base::cat("system ", name,
                              " has no row (language, id, sample) in common with the baseline and the best system"));
  if (num_paired < samples.size()) {
    base::log_warning(base::cat("system ", name, ": ", samples.size() - num_paired, " of ", samples.size(),
                                " rows are not in the baseline or the best system; differences are over the others"));
  }
  json result = {{"name", name}, {"languages", json::object()}};
  for (const auto& [group_name, group] : groups) {
    // All systems share the draws of a language, so their intervals can be compared.
    json numbers = group_json(group, request, "table/" + group_name);
    (group_name == kOverall ? result[kOverall] : result["languages"][group_name]) = std::move(numbers);
  }
  return result;
}

SystemRows system_rows(const std::string& name, const Samples& samples, const Samples* baseline) {
  SystemRows rows{name, {}, {}};
  std::map<std::string, LanguageScores> languages;
  for (const auto& [key, row] : samples) {
    const auto& [language, id, sample] = key;
    LanguageScores& scores = languages[language];
    scores.language = language;
    if (row.contains("codebleu")) scores.compat.push_back(score_of(row, "codebleu"));
    if (row.contains("strict_score")) scores.strict.push_back(score_of(row, "strict_score"));
    const json* before = find_row(baseline, key);
    if (before == nullptr) continue;
    const char* score = row.contains("strict_score") ? "strict_score" : "codebleu";
    const LostRow lost{language, id, sample, score_of(*before, score), score_of(row, score)};
    if (lost.now < lost.before) rows.losses.push_back(lost);
  }
  for (auto& [language, scores] : languages) rows.languages.push_back(std::move(scores));
  std::stable_sort(rows.losses.begin(), rows.losses.end(),
                   [](const LostRow& a, const LostRow& b) { return a.before - a.now > b.before - b.now; });
  if (rows.losses.size() > kMostLosses) rows.losses.resize(kMostLosses);
  return rows;
}

json router_json(const std::string& name, const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "router_report.json";
  const json report = base::parse_json(base::read_text_file(path), path.string());
  json result = {{"name", name}, {"layers", json::array()}};
  if (!report.is_object()) throw DataError(path.string() + ": expected a JSON object");
  for (const char* key : {"experts", "gate_mode", "mean_accuracy"}) {
    if (report.contains(key)) result[key] = report[key];
  }
  if (report.contains("held_out") && report["held_out"].is_object()) {
    result["held_out"] = report["held_out"];
    if (report["held_out"].contains("mean_accuracy")) result["mean_accuracy"] = report["held_out"]["mean_accuracy"];
  }
  for (const json& layer : report.value("layers", json::array())) {
    if (!layer.is_object()) throw DataError(path.string() + ": \"layers\" must hold objects");
    result["layers"].push_back({{"layer", layer.value("layer", json())},
                                {"accuracy", layer.value("accuracy", json())},
                                {"load", layer.value("load", json())}});
  }
  return result;
}

}  // namespace

Comparison compare_systems(const TableRequest& request) {
  require_same_settings(request);
  std::vector<Samples> samples;
  for (const auto& [name, directory] : request.systems) samples.push_back(read_samples(directory));
  const Samples* baseline = find_system(samples, request, request.baseline);
  const Samples* best = find_system(samples, request, request.best);
  Comparison result;
  result.numbers = {{"baseline", request.baseline ? json(*request.baseline) : json()},
                    {"best", request.best ? json(*request.best) : json()},
                    {"seed", request.seed},
                    {"systems", json::array()},
                    {"routers", json::array()}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string& name = request.systems[i].first;
    result.numbers["systems"].push_back(system_json(name, samples[i], baseline, best, request));
    result.systems.push_back(system_rows(name, samples[i], baseline == &samples[i] ? nullptr : baseline));
  }
  for (const auto& [name, directory] : request.routers)
    result.numbers["routers"].push_back(router_json(name, directory));
  return result;
}

}  // namespace quartet::eval
