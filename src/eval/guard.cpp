#include "quartet/eval/guard.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "quartet/base/language.h"
#include "quartet/base/text.h"
#include "quartet/code/python_text.h"
#include "quartet/eval/score_rows.h"

namespace quartet::eval {
namespace {

// Thresholds measured on 20 to 200 honest rows of the study's data, where at most half share a prefix.
constexpr std::size_t kManyRows = 20;
constexpr std::size_t kPrefixCharacters = 24;
constexpr std::size_t kShortPrefixCharacters = 3;
constexpr double kRefusedPrefixShare = 0.6;
constexpr double kWarnedPrefixShare = 0.3;
constexpr double kHonestReferenceShare = 0.1;
constexpr double kNameShare = 0.5;
constexpr double kWrongLanguageShare = 0.1;
constexpr double kUnparsableShare = 0.3;
constexpr double kEchoShare = 0.3;
constexpr std::size_t kEchoCharacters = 30;

using Group = std::vector<const ScoredRow*>;

std::string percent(double share) {
  return base::cat(static_cast<int>(std::lround(share * 100)), " %");
}

std::string prefix_of(std::string_view text, std::size_t num_characters) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < num_characters && end < text.size(); ++i) end += code::code_point_at(text, end).num_bytes;
  return std::string(text.substr(0, end));
}

bool is_language_name(const ScoredRow& row) {
  return base::find_language(code::python_strip(row.row.prediction)) != nullptr;
}

bool echoes_prompt(const ScoredRow& row) {
  const std::string_view prompt = code::python_strip(row.row.prompt);
  return prompt.size() >= kEchoCharacters &&
         code::python_strip(row.row.prediction).starts_with(prompt.substr(0, kEchoCharacters));
}

double share_of(const Group& rows, const std::function<bool(const ScoredRow&)>& test) {
  const auto count = std::count_if(rows.begin(), rows.end(), [&](const ScoredRow* row) { return test(*row); });
  return static_cast<double>(count) / static_cast<double>(rows.size());
}

struct SharedPrefix {
  std::string text;
  double share = 0;  ///< of the predictions
  double share_of_references = 0;
};

SharedPrefix most_shared_prefix(const Group& rows, std::size_t num_characters) {
  const auto prefix = [&](std::string_view text) { return prefix_of(code::python_strip(text), num_characters); };
  std::map<std::string, std::size_t> counts;
  std::map<std::string, std::size_t> reference_counts;
  for (const ScoredRow* row : rows) {
    if (!code::python_strip(row->row.prediction).empty()) ++counts[prefix(row->row.prediction)];
    ++reference_counts[prefix(row->row.references[0])];
  }
  if (counts.empty()) return {};
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto total = static_cast<double>(rows.size());
  const auto in_references = reference_counts.find(most->first);
  return {most->first, static_cast<double>(most->second) / total,
          in_references == reference_counts.end() ? 0 : static_cast<double>(in_references->second) / total};
}

class Checker {
 public:
  Checker(const Group& rows, std::string scope, GuardReport& report)
      : rows_(rows), scope_(std::move(scope)), report_(report) {}

  void check_texts() {
    if (rows_.size() < kManyRows) return;
    std::set<std::string_view> distinct;
    for (const ScoredRow* row : rows_) distinct.insert(row->row.prediction);
    const std::size_t needed = std::min(kManyRows, rows_.size() / 5);
    if (distinct.size() < needed) {
      refuse("near_constant", base::cat("only ", distinct.size(), " distinct texts in ", rows_.size(),
                                        " predictions, expected at least ", needed));
    }
    check_prefixes();
  }

  void check_quality() {
    const double wrong = share_of(
        rows_, [](const ScoredRow& row) { return row.detected_language && *row.detected_language != row.row.grammar; });
    if (wrong > kWrongLanguageShare)
      warn("wrong_language", percent(wrong) + " of the predictions look like another language than asked");
    const double broken = share_of(rows_, [](const ScoredRow& row) { return !row.prediction_parses; });
    if (broken > kUnparsableShare)
      warn("unparsable", percent(broken) + " of the predictions do not parse in the asked language");
    const double truncated = share_of(rows_, [](const ScoredRow& row) { return row.row.truncated.value_or(false); });
    if (truncated > 0.5) warn("truncated", percent(truncated) + " of the predictions were cut off at the token limit");
    const double echoes = share_of(rows_, echoes_prompt);
    if (echoes > kEchoShare) warn("prompt_echo", percent(echoes) + " of the predictions begin with their prompt");
  }

 private:
  void check_prefixes() {
    const SharedPrefix shared = most_shared_prefix(rows_, kPrefixCharacters);
    const std::string figures =
        base::cat(percent(shared.share), " of the predictions begin with ", base::excerpt(shared.text), ", and ",
                  percent(shared.share_of_references), " of the references");
    if (shared.share > kWarnedPrefixShare && shared.share_of_references < kHonestReferenceShare) {
      if (shared.share > kRefusedPrefixShare) return refuse("shared_prefix", figures);
      warn("shared_prefix", figures);
    }
    const SharedPrefix start = most_shared_prefix(rows_, kShortPrefixCharacters);
    if (start.share > kRefusedPrefixShare && start.share_of_references < kHonestReferenceShare) {
      warn("shared_start", base::cat(percent(start.share), " of the predictions begin with ", base::excerpt(start.text),
                                     ", which the references do not: was the prompt cut off at the wrong place?"));
    }
  }

  void refuse(const std::string& check, const std::string& message) {
    report_.refusals.push_back({check, scope_ + message});
  }
  void warn(const std::string& check, const std::string& message) {
    report_.warnings.push_back({check, scope_ + message});
  }

  const Group& rows_;
  std::string scope_;
  GuardReport& report_;
};

}  // namespace

std::string row_flag(const ScoredRow& row) {
  if (is_language_name(row)) return "language_name";
  if (code::python_strip(row.row.prediction).empty()) return "empty";
  if (echoes_prompt(row)) return "prompt_echo";
  if (row.row.replaced_text) return "replaced_text";
  return "";
}

GuardReport check_predictions(std::span<const ScoredRow> rows) {
  GuardReport report;
  Group all;
  std::map<code::Grammar, Group> by_language;
  for (const ScoredRow& row : rows) {
    all.push_back(&row);
    by_language[row.row.grammar].push_back(&row);
  }
  if (all.empty()) return report;
  const double names = share_of(all, is_language_name);
  if (names >= kNameShare) {
    report.refusals.push_back(
        {"language_names",
         percent(names) + " of the predictions are the name of a language: was the wrong field read?"});
    return report;
  }
  Checker over_all(all, "", report);
  if (by_language.size() > 1) over_all.check_texts();
  over_all.check_quality();
  for (const auto& [grammar, group] : by_language) {
    Checker(group, by_language.size() > 1 ? std::string(code::language_id(grammar)) + ": " : "", report).check_texts();
  }
  return report;
}

}  // namespace quartet::eval
