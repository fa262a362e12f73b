#include "quartet/eval/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quartet/eval/score_rows.h"

namespace quartet::eval {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A row as scoring would leave it, for a language whose answers parse.
ScoredRow row(const std::string& prediction, const std::string& reference,
              code::Grammar grammar = code::Grammar::kPython) {
  ScoredRow scored;
  scored.row.prediction = prediction;
  scored.row.references = {reference};
  scored.row.grammar = grammar;
  scored.prediction_parses = true;
  scored.detected_language = grammar;
  return scored;
}

/// `n` rows whose texts begin with `prefix` in `num_shared` of them.
std::vector<ScoredRow> rows_with_prefix(std::size_t n, std::size_t num_shared, const std::string& prefix,
                                        const std::string& reference_prefix) {
  std::vector<ScoredRow> rows;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string own = "value_" + std::to_string(i) + " = some_function_" + std::to_string(i);
    rows.push_back(row((i < num_shared ? prefix : "") + own, reference_prefix + own));
  }
  return rows;
}

std::vector<std::string> names(const std::vector<GuardReport::Finding>& findings) {
  std::vector<std::string> result;
  for (const auto& finding : findings) result.push_back(finding.check);
  return result;
}

const std::string kPrefix = "public static int minSum(int a, int b) ";

TEST(Guard, HonestAnswersPass) {
  const GuardReport report = check_predictions(rows_with_prefix(40, 0, "", ""));
  EXPECT_THAT(names(report.refusals), IsEmpty());
  EXPECT_THAT(names(report.warnings), IsEmpty());
}

TEST(Guard, NamesOfLanguages) {
  std::vector<ScoredRow> rows;
  for (const char* name : {"Python", "C++", " Java\n", "Javascript", "x = 1"}) rows.push_back(row(name, "y = 2"));
  EXPECT_THAT(names(check_predictions(rows).refusals), ElementsAre("language_names"));
  EXPECT_EQ(row_flag(rows[1].row), "language_name");
  rows.resize(1);
  EXPECT_THAT(names(check_predictions(rows).refusals), ElementsAre("language_names")) << "even a single row";
}

TEST(Guard, OneAnswerForEverything) {
  std::vector<ScoredRow> rows;
  for (int i = 0; i < 60; ++i) rows.push_back(row("x = " + std::to_string(i % 11), "y = " + std::to_string(i)));
  EXPECT_THAT(names(check_predictions(rows).refusals), ElementsAre("near_constant"))
      << "11 distinct texts, 12 expected";
  for (int i = 0; i < 60; ++i) rows[static_cast<std::size_t>(i)].row.prediction = "x = " + std::to_string(i % 12);
  EXPECT_THAT(names(check_predictions(rows).refusals), IsEmpty());
  rows.resize(19);
  for (ScoredRow& each : rows) each.row.prediction = "x";
  EXPECT_THAT(names(check_predictions(rows).refusals), IsEmpty()) << "too few rows to judge";
}

TEST(Guard, SharedPrefix) {
  EXPECT_THAT(names(check_predictions(rows_with_prefix(20, 13, kPrefix, "")).refusals), ElementsAre("shared_prefix"));
  const GuardReport some = check_predictions(rows_with_prefix(20, 12, kPrefix, ""));
  EXPECT_THAT(names(some.refusals), IsEmpty()) << "60 % is not more than 60 %";
  EXPECT_THAT(names(some.warnings), ElementsAre("shared_prefix"));
  EXPECT_THAT(names(check_predictions(rows_with_prefix(20, 6, kPrefix, "")).warnings), IsEmpty());
  EXPECT_THAT(names(check_predictions(rows_with_prefix(40, 40, kPrefix, kPrefix)).refusals), IsEmpty())
      << "the references have it too";
  EXPECT_THAT(names(check_predictions(rows_with_prefix(19, 19, kPrefix, "")).refusals), IsEmpty())
      << "too few rows to judge";
}

TEST(Guard, SharedPrefixInOneLanguageOfSeveral) {
  std::vector<ScoredRow> rows = rows_with_prefix(60, 0, "", "");
  for (ScoredRow& each : rows_with_prefix(20, 20, kPrefix, "")) {
    each.row.grammar = code::Grammar::kJava;
    rows.push_back(std::move(each));
  }
  const GuardReport report = check_predictions(rows);
  ASSERT_THAT(names(report.refusals), ElementsAre("shared_prefix"));
  EXPECT_THAT(report.refusals[0].message, ::testing::StartsWith("java: 100 %"));
}

TEST(Guard, ShortSharedStartIsAWarning) {
  const GuardReport report = check_predictions(rows_with_prefix(20, 20, "] \n", ""));
  EXPECT_THAT(names(report.refusals), IsEmpty());
  EXPECT_THAT(names(report.warnings), ElementsAre("shared_start"));
}

TEST(Guard, Warnings) {
  std::vector<ScoredRow> rows = rows_with_prefix(20, 0, "", "");
  for (std::size_t i = 0; i < 3; ++i) rows[i].detected_language = code::Grammar::kJava;
  for (std::size_t i = 0; i < 7; ++i) rows[i].prediction_parses = false;
  for (std::size_t i = 0; i < 11; ++i) rows[i].row.truncated = true;
  for (std::size_t i = 0; i < 7; ++i) {
    rows[i].row.prompt = "Write a Python program to complete task " + std::to_string(i);
    rows[i].row.prediction = rows[i].row.prompt + " x";
  }
  const GuardReport report = check_predictions(rows);
  EXPECT_THAT(names(report.refusals), IsEmpty());
  for (const char* check : {"wrong_language", "unparsable", "truncated", "prompt_echo"})
    EXPECT_THAT(names(report.warnings), Contains(check));
  EXPECT_EQ(row_flag(rows[0].row), "prompt_echo");
  EXPECT_EQ(row_flag(rows[19].row), "");
}

}  // namespace
}  // namespace quartet::eval
