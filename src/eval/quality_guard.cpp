#include <algorithm>

#include "guard_text.h"
#include "quartet/eval/guard.h"

namespace quartet::eval {
namespace {

constexpr double kWrongLanguageShare = 0.1;
constexpr double kUnparsableShare = 0.3;
constexpr double kNoLanguageShare = 0.3;

constexpr std::size_t index_of(code::Grammar grammar) {
  return static_cast<std::size_t>(grammar);
}

/// Counts of one language, or of all.
struct QualityCounts {
  std::uint64_t num_rows = 0;
  std::uint64_t num_other = 0;
  std::uint64_t num_nothing = 0;
  std::uint64_t num_unparsable = 0;

  GuardReport report() const {
    GuardReport report;
    const auto warn_above = [&](double limit, const char* check, std::uint64_t count, const char* message) {
      const double share = ratio(count, num_rows);
      if (share > limit) report.warnings.push_back({check, percent(share) + message});
    };
    warn_above(kWrongLanguageShare, "wrong_language", num_other,
               " of the predictions look like another language than asked");
    warn_above(kNoLanguageShare, "no_language", num_nothing, " of the predictions look like no programming language");
    warn_above(kUnparsableShare, "unparsable", num_unparsable,
               " of the predictions do not parse in the asked language");
    return report;
  }
};

void append_new(std::vector<GuardReport::Finding>& to, const std::vector<GuardReport::Finding>& known,
                const std::string& scope, const std::vector<GuardReport::Finding>& found) {
  for (const GuardReport::Finding& finding : found) {
    const bool is_known =
        std::any_of(known.begin(), known.end(), [&](const auto& other) { return other.check == finding.check; });
    if (!is_known) to.push_back({finding.check, scope + finding.message});
  }
}

}  // namespace

void GuardReport::append(const GuardReport& other) {
  refusals.insert(refusals.end(), other.refusals.begin(), other.refusals.end());
  warnings.insert(warnings.end(), other.warnings.begin(), other.warnings.end());
}

void append_of_languages(GuardReport& report, const std::vector<std::pair<code::Grammar, GuardReport>>& by_language) {
  const GuardReport over_all = report;
  for (const auto& [language, own] : by_language) {
    const std::string scope = base::cat(code::language_id(language), ": ");
    append_new(report.refusals, over_all.refusals, scope, own.refusals);
    append_new(report.warnings, over_all.warnings, scope, own.warnings);
  }
}

void LanguageConfusion::add(code::Grammar asked, std::optional<code::Grammar> detected) {
  ++counts[index_of(asked)][detected ? index_of(*detected) : kNothing];
}

std::uint64_t LanguageConfusion::count(code::Grammar asked, std::optional<code::Grammar> detected) const {
  return counts[index_of(asked)][detected ? index_of(*detected) : kNothing];
}

std::uint64_t LanguageConfusion::num_asked(code::Grammar asked) const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts[index_of(asked)]) total += count;
  return total;
}

std::uint64_t LanguageConfusion::num_other(code::Grammar asked) const {
  return num_asked(asked) - count(asked, asked) - count(asked, std::nullopt);
}

std::vector<code::Grammar> LanguageConfusion::languages() const {
  std::vector<code::Grammar> result;
  for (int g = 0; g < code::kNumGrammars; ++g) {
    const auto grammar = static_cast<code::Grammar>(g);
    bool occurs = num_asked(grammar) > 0;
    for (const auto& row : counts) occurs |= row[index_of(grammar)] > 0;
    if (occurs) result.push_back(grammar);
  }
  return result;
}

void QualityGuard::add(const JudgedRow& row) {
  confusion_.add(row.asked, row.detected);
  num_unparsable_[index_of(row.asked)] += !row.parses;
}

GuardReport QualityGuard::report() const {
  QualityCounts all;
  std::vector<std::pair<code::Grammar, GuardReport>> by_language;
  for (int g = 0; g < code::kNumGrammars; ++g) {
    const auto asked = static_cast<code::Grammar>(g);
    const QualityCounts own{confusion_.num_asked(asked), confusion_.num_other(asked),
                            confusion_.count(asked, std::nullopt), num_unparsable_[index_of(asked)]};
    all.num_rows += own.num_rows;
    all.num_other += own.num_other;
    all.num_nothing += own.num_nothing;
    all.num_unparsable += own.num_unparsable;
    if (own.num_rows >= kFewRows) by_language.emplace_back(asked, own.report());
  }
  GuardReport report = all.report();
  append_of_languages(report, by_language);
  return report;
}

}  // namespace quartet::eval
