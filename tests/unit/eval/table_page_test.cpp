#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quartet/eval/table_report.h"
#include "support/html_check.h"

namespace quartet::eval {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A score of table.json.
json score(double mean, double difference) {
  return {{"mean", mean},
          {"ci95", {mean - 0.01, mean + 0.01}},
          {"difference", difference},
          {"difference_ci95", {difference - 0.03, difference + 0.04}}};
}

json group(double mean, double difference) {
  return {{"n", 3},
          {"strict_score", score(mean, difference)},
          {"codebleu", score(mean + 0.5, difference / 2)},
          {"exact_match", {{"mean", 0}, {"ci95", {0, 0}}}},
          {"shares",
           {{"prediction_parses", 1},
            {"parses_in_asked_language", 1},
            {"asked_language", 1},
            {"other_language", 0},
            {"unclassified", 0}}}};
}

Comparison two_systems() {
  Comparison comparison;
  comparison.numbers = {
      {"baseline", "base"}, {"best", nullptr}, {"systems", json::array()}, {"routers", json::array()}};
  for (const auto& [name, mean] : {std::pair("base", 0.1), std::pair("a<b", 0.25)}) {
    const double difference = mean - 0.1;
    comparison.numbers["systems"].push_back(
        {{"name", name},
         {"overall", group(mean, difference)},
         {"languages", {{"cpp", group(mean, difference)}, {"java", group(mean, difference)}}}});
    comparison.systems.push_back({name, {{"java", {0.25, 0.25, 0.6}, {0.1, 0.2, 0.3}, {}, {}}}, {}});
  }
  comparison.systems[1].losses = {{"java", "\"<i>\"", 0, 0.5, 0.125}};
  return comparison;
}

TEST(ComparisonPage, DrawsDifferencesAndDensitiesOfAllSystems) {
  const std::string page = comparison_html(two_systems());
  EXPECT_EQ(testing::html_problem(page), "");
  EXPECT_THAT(page, AllOf(HasSubstr("a&lt;b"), HasSubstr("+0.150"), HasSubstr("+0.120 to +0.190"), HasSubstr("C++"),
                          HasSubstr("class=\"plot\""), HasSubstr("when nothing matches")));
  // From -.05 to +.20: zero at a fifth, the difference at four fifths.
  EXPECT_THAT(
      page, HasSubstr("<u style=\"left:20.0%\"></u><i style=\"left:68.0%;width:28.0%\"></i><b style=\"left:80.0%\">"));
}

TEST(ComparisonPage, ListsTheWorstLosses) {
  const std::string page = comparison_html(two_systems());
  EXPECT_THAT(page, AllOf(HasSubstr("&lt;i&gt;"),
                          HasSubstr("<td>\xe2\x88\x92"
                                    "0.375</td>"),
                          HasSubstr("#losses")));
  Comparison without = two_systems();
  without.systems[1].losses.clear();
  without.numbers["baseline"] = nullptr;
  for (json& system : without.numbers["systems"]) {
    for (const char* key : {"difference", "difference_ci95"}) system["overall"]["strict_score"].erase(key);
  }
  const std::string plain = comparison_html(without);
  EXPECT_EQ(testing::html_problem(plain), "");
  EXPECT_THAT(plain, AllOf(Not(HasSubstr("Difference to")), Not(HasSubstr("losses"))));
}

}  // namespace
}  // namespace quartet::eval
