#include "quartet/eval/score_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "quartet/eval/confusion_table.h"
#include "quartet/eval/defects_table.h"
#include "quartet/eval/score_report.h"
#include "support/html_check.h"

namespace quartet::eval {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const double kNan = std::numeric_limits<double>::quiet_NaN();

/// S of scores.json with every number a different one.
json group(const std::vector<std::string>& names, double value) {
  json result = {{"n", 3}};
  for (const std::string& name : names) {
    result["mean"][name] = value;
    result["ci95"][name] = {value - 0.01, value + 0.01};
    result["median"][name] = value + 0.001;
    result["pooled"][name] = value + 0.002;
    value += 0.1;
  }
  for (const char* share : {"exact_match", "prediction_parses", "reference_parses", "asked_language", "other_language",
                            "unclassified", "truncated", "dataflow_zero", "dataflow_null"}) {
    result["shares"][share] = 0.5;
  }
  return result;
}

json both_scores() {
  const std::vector<std::string> compat{"codebleu", "ngram_match_score", "weighted_ngram_match_score",
                                        "syntax_match_score", "dataflow_match_score"};
  const std::vector<std::string> strict{"strict_score", "strict_ngram", "strict_weighted", "strict_syntax",
                                        "strict_dataflow"};
  json scores = {{"header",
                  {{"mode", "both"},
                   {"seed", 7},
                   {"hash_seed", 0},
                   {"weights", {0.25, 0.25, 0.25, 0.25}},
                   {"grammar_hashes", {{"java", "abc123"}}}}},
                 {"guard", {{"enforced", true}, {"refusals", json::array()}, {"warnings", json::array()}}}};
  for (const char* language : {"java", "cpp"}) {
    scores["compat"]["languages"][language] = group(compat, 0.3123);
    scores["strict"]["languages"][language] = group(strict, 0.2045);
  }
  scores["compat"]["overall"] = group(compat, 0.4123);
  scores["strict"]["overall"] = group(strict, 0.1045);
  scores["detected_languages"] = {{"java", {{"java", 2}, {"unclassified", 1}}}, {"cpp", {{"java", 3}}}};
  return scores;
}

ShownSample sample(const std::string& id, const std::string& language, double strict) {
  return {id,
          0,
          language,
          "write it",
          "int a = 1;",
          "int a = 2;",
          {{"strict_score", strict}, {"codebleu", 0.25}, {"prediction_parses", false}, {"detected_language", nullptr}},
          {}};
}

TEST(ScorePage, SaysHowGoodHowSureAndWhetherToBelieveItFirst) {
  json scores = both_scores();
  scores["guard"]["warnings"] = {{{"check", "unparsable"}, {"message", "all <of> them"}}};
  const std::string page = score_page(scores, {});
  EXPECT_EQ(testing::html_problem(page), "");
  const std::string first = page.substr(0, page.find("class=\"toc\""));
  EXPECT_THAT(first, AllOf(HasSubstr("0.1045"), HasSubstr("0.0945 to 0.1145"), HasSubstr("0.4123"), HasSubstr("C++"),
                           HasSubstr("unparsable"), HasSubstr("all &lt;of&gt; them"), HasSubstr("50 % parse")));
  scores["guard"]["warnings"].clear();
  EXPECT_THAT(score_page(scores, {}), HasSubstr("Nothing odd found"));
}

TEST(ScorePage, NeverHasBothModesInOneTableOrPlot) {
  ScorePageData data;
  data.languages = {{"java", {0.25, 0.3, kNan}, {0.1, 0.2, 0.3}, {}, {}}};
  const std::string page = score_page(both_scores(), data);
  EXPECT_EQ(testing::html_problem(page), "");
  for (const char* tag : {"table", "svg"}) {
    const std::string close = std::string("</") + tag + ">";
    for (std::size_t begin = page.find(std::string("<") + tag); begin != std::string::npos;
         begin = page.find(std::string("<") + tag, begin + 1)) {
      const std::string part = page.substr(begin, page.find(close, begin) - begin);
      const bool strict = part.find("0.2045") != std::string::npos || part.find("Strict") != std::string::npos;
      const bool compat = part.find("0.3123") != std::string::npos || part.find("Compat") != std::string::npos;
      EXPECT_FALSE(strict && compat) << part;
    }
  }
}

TEST(ScorePage, ShowsHostileTextsAsTheyAre) {
  ScorePageData data;
  ShownSample hostile = sample("\"<script>alert(1)</script>\"", "java", 0.1);
  hostile.prediction = "a\x01\x1b[31m\xe2\x80\xae</pre><script>x</script>\x7f\xff";
  hostile.prompt = "\"><img src=x onerror=y>";
  hostile.scores["guard"] = "<b>";
  data.samples = {hostile};
  const std::string page = score_page(both_scores(), data);
  EXPECT_EQ(testing::html_problem(page), "");
  EXPECT_THAT(page,
              AllOf(HasSubstr("\xe2\x90\x81\xe2\x90\x9b"), HasSubstr("[U+202E]"), HasSubstr("\xe2\x90\xa1\xef\xbf\xbd"),
                    HasSubstr("&lt;script&gt;alert(1)"), Not(HasSubstr("\x1b"))));
}

TEST(ScorePage, KeepsTheOrderOfSamplesAndSaysHowManyThereAre) {
  ScorePageData data;
  data.samples = {sample("\"first\"", "cpp", 0.1), sample("2", "java", 0.2)};
  data.num_rows = 900;
  const std::string page = score_page(both_scores(), data);
  EXPECT_EQ(testing::html_problem(page), "");
  EXPECT_THAT(page, AllOf(HasSubstr("2 of 900 rows"), HasSubstr("<b>0.100</b><code>first</code>"), HasSubstr("All 2"),
                          HasSubstr("does not parse"), HasSubstr("reads as no language")));
  EXPECT_LT(page.find(">first<"), page.find("<code>2<"));
  EXPECT_THAT(page, HasSubstr("<mark>int a =</mark> 1;")) << "what both texts have is shaded";
}

TEST(ScorePage, WithABaselineShowsBeforeAndAfter) {
  ScorePageData data;
  data.baseline_name = "old";
  data.languages = {{"java", {0.25, 0.3}, {0.1, 0.2}, {0.25, 0.25}, {0.3, 0.5}}};
  data.samples = {sample("1", "java", 0.1)};
  data.samples[0].before = {{"strict_score", 0.6}, {"codebleu", 0.75}};
  const std::string page = score_page(both_scores(), data);
  EXPECT_EQ(testing::html_problem(page), "");
  EXPECT_THAT(page, AllOf(HasSubstr("old <b>0.400</b>"), HasSubstr("now <b>0.150</b>"),
                          HasSubstr("<b>\xe2\x88\x92"
                                    "0.500</b>"),
                          HasSubstr("worst losses first"), HasSubstr("(before 0.6000)"), HasSubstr("(before 0.7500)")));
}

TEST(ScorePage, DrawsChangesFromABaselineByMode) {
  json scores = both_scores();
  const json change = {{"n", 3}, {"mean", -0.125}, {"ci95", {-0.2, 0.05}}};
  scores["change_from_baseline"] = {{"baseline", "o<ld"},
                                    {"overall", {{"strict_score", change}, {"codebleu", nullptr}}}};
  scores["change_from_baseline"]["languages"]["java"] = {{"strict_score", change}};
  const std::string page = score_page(scores, {});
  EXPECT_EQ(testing::html_problem(page), "");
  EXPECT_THAT(page, AllOf(HasSubstr("Change from o&lt;ld"),
                          HasSubstr("(\xe2\x88\x92"
                                    "0.125 against o&lt;ld)"),
                          HasSubstr("\xe2\x88\x92"
                                    "0.200 to +0.050")));
}

TEST(ScorePage, StaysOfASizeThatBrowsersOpen) {
  ScorePageData data;
  for (int i = 0; i < 200; ++i) {
    data.samples.push_back(sample(std::to_string(i), "java", 0.1));
    data.samples.back().prediction.assign(1'000'000, 'x');
    data.samples.back().reference = data.samples.back().prompt = data.samples.back().prediction;
  }
  EXPECT_LT(score_page(both_scores(), data).size(), 4'000'000u);
  data.samples.resize(1);
  const std::string page = score_page(both_scores(), data);
  EXPECT_THAT(page, HasSubstr("shortened to its first 20100 bytes"));
  EXPECT_LT(page.size(), 120'000u);
}

TEST(ScorePage, OfNothingIsAPageToo) {
  EXPECT_EQ(testing::html_problem(score_page(json::object(), {})), "");
  json scores = both_scores();
  scores.erase("strict");
  scores["compat"]["languages"] = json::object();
  scores["compat"]["overall"]["mean"]["codebleu"] = nullptr;
  scores["compat"]["overall"]["ci95"]["codebleu"] = {nullptr, nullptr};
  ScorePageData data;
  data.languages = {{"java", {}, {}, {}, {}}, {"cpp", {kNan}, {kNan}, {}, {}}};
  EXPECT_EQ(testing::html_problem(score_page(scores, data)), "");
}

TEST(ConfusionTable, CountsAskedByDetected) {
  const base::TextTable table = confusion_table(both_scores()["detected_languages"]);
  EXPECT_THAT(table.header, ElementsAre("asked", "java", "cpp", "unclassified"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("java", "2", "0", "1"), ElementsAre("cpp", "3", "0", "0")));
  const std::string html = confusion_html(both_scores()["detected_languages"]);
  EXPECT_THAT(html, HasSubstr("<td class=\"heat s0\" style=\"--v:47%\">2</td>")) << "two thirds of the darkest shade";
  EXPECT_THAT(html, HasSubstr("<td class=\"heat s1\" style=\"--v:70%\">3</td>"));
  EXPECT_EQ(confusion_html(json::object()), "");
}

TEST(DefectTables, ShowChangesAndTheSpreadOverSeeds) {
  const json entry = {{"rows", 3}, {"mean_change", 0.125}, {"largest_change", -0.25}};
  json scores = both_scores();
  EXPECT_THAT(defect_tables(scores), IsEmpty());
  scores["defects"]["overall"] = {{"hash_seed", entry},
                                  {"zero_dataflow_counted_as_one", entry},
                                  {"another", entry},
                                  {"hash_seeds", {{"count", 40}, {"min", 0.1}, {"mean", 0.2}, {"max", 0.3}}}};
  scores["defects"]["languages"]["java"] = {{"hash_seed", {{"rows", 0}, {"mean_change", -1e-9}}}};
  const std::vector<base::TextTable> tables = defect_tables(scores);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_THAT(tables[0].rows, ElementsAre(ElementsAre("data-flow 0 counted as 1", "3", "+0.1250", "-0.2500", "-"),
                                          ElementsAre("hash seed", "3", "+0.1250", "-0.2500", "0.0000"),
                                          ElementsAre("another", "3", "+0.1250", "-0.2500", "-")));
  EXPECT_THAT(tables[1].rows, ElementsAre(ElementsAre("overall", "40", "0.10000", "0.20000", "0.30000")));
  const std::string page = score_page(scores, {});
  EXPECT_EQ(testing::html_problem(page), "");
  for (const std::string& report : {page, summary_markdown(scores), summary_text(scores)}) {
    EXPECT_THAT(report, AllOf(HasSubstr("data-flow 0 counted as 1"), HasSubstr("+0.1250"), HasSubstr("0.30000")));
  }
}

}  // namespace
}  // namespace quartet::eval
