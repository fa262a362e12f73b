#include "quartet/eval/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <span>

#include "quartet/base/jsonl.h"
#include "quartet/eval/score_rows.h"
#include "support/test_files.h"

namespace quartet::eval {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Both guards over rows that are there as a whole.
GuardReport check_predictions(std::span<const ScoredRow> rows) {
  TextGuard texts;
  QualityGuard quality;
  for (const ScoredRow& row : rows) {
    texts.add(row.row);
    quality.add({row.row.grammar, row.detected_language, row.prediction_parses});
  }
  GuardReport report = texts.report();
  report.append(quality.report());
  return report;
}

EvalRow row(const std::string& prediction, const std::string& reference,
            code::Grammar grammar = code::Grammar::kPython) {
  EvalRow result;
  result.prediction = prediction;
  result.references = {reference};
  result.grammar = grammar;
  return result;
}

/// `n` rows whose texts begin with `prefix` in `num_shared` of them.
std::vector<EvalRow> rows_with_prefix(std::size_t n, std::size_t num_shared, const std::string& prefix,
                                      const std::string& reference_prefix,
                                      code::Grammar grammar = code::Grammar::kPython) {
  std::vector<EvalRow> rows;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string own = "value_" + std::to_string(i) + " = some_function_" + std::to_string(i);
    rows.push_back(row((i < num_shared ? prefix : "") + own, reference_prefix + own, grammar));
  }
  return rows;
}

std::vector<std::string> names(const std::vector<GuardReport::Finding>& findings) {
  std::vector<std::string> result;
  for (const auto& finding : findings) result.push_back(finding.check);
  return result;
}

GuardReport report_of(std::span<const EvalRow> rows) {
  TextGuard guard;
  for (const EvalRow& each : rows) guard.add(each);
  return guard.report();
}

std::vector<std::string> refusals(std::span<const EvalRow> rows) {
  return names(report_of(rows).refusals);
}

std::vector<std::string> warnings(std::span<const EvalRow> rows) {
  return names(report_of(rows).warnings);
}

const std::string kPrefix = "public static int minSum(int a, int b) ";

TEST(TextGuard, NoRowsAndHonestAnswersPass) {
  EXPECT_THAT(refusals({}), IsEmpty());
  const GuardReport report = report_of(rows_with_prefix(40, 0, "", ""));
  EXPECT_THAT(names(report.refusals), IsEmpty());
  EXPECT_THAT(names(report.warnings), IsEmpty());
}

/// A saved table of results had the name of the expert where the answer was expected, and was scored.
TEST(TextGuard, NamesInPlaceOfAnswers) {
  std::vector<EvalRow> rows;
  for (const char* name : {"Python", "C++", " Java\n", "Javascript", "x = 1"}) rows.push_back(row(name, "y = 2"));
  const GuardReport report = report_of(rows);
  EXPECT_THAT(names(report.refusals), ElementsAre("language_names"));
  EXPECT_THAT(report.refusals[0].message, StartsWith("80 %"));
  EXPECT_EQ(row_flag(rows[1]), "language_name");
  EXPECT_EQ(row_flag(rows[4]), "");
  rows.resize(1);
  EXPECT_THAT(refusals(rows), ElementsAre("language_names")) << "even a single row";
}

TEST(TextGuard, SpellingsOfNames) {
  for (const char* name : {"Python",
                           "python3",
                           "JAVA",
                           "C++",
                           "c++17",
                           "C#",
                           "c",
                           "Go",
                           "golang",
                           "Rust.",
                           "\"Python\"",
                           "'C++'",
                           "`php`",
                           "**Java**",
                           "```python",
                           "```python\n```",
                           "[Ruby]",
                           "<cpp>",
                           "Language: Java",
                           "Python code",
                           "Python expert",
                           "java_expert",
                           "expert_js",
                           "Expert 2",
                           "Expert: C++",
                           "C sharp",
                           "c_sharp",
                           "c-sharp",
                           "Java Script",
                           "C plus plus",
                           "Node.js",
                           "1. Python",
                           "Python, Java",
                           "Python Python Python",
                           "The answer is C++."}) {
    EXPECT_EQ(row_flag(row(name, "y")), "language_name") << name;
  }
  for (const char* text : {"x = 1", "print('Python')", "return c", "i++", "java.util.List", "go()", "42", "[1, 2]",
                           "the answer", "code", "def python(): pass", "expertise", "пайтон", "#include", "//",
                           "Python is a language that many people use", "\\n"}) {
    EXPECT_EQ(row_flag(row(text, "y")), "") << text;
  }
}

TEST(TextGuard, NamesInOneLanguageOfSeveral) {
  std::vector<EvalRow> rows = rows_with_prefix(60, 0, "", "");
  for (int i = 0; i < 5; ++i) rows.push_back(row("Java", "class A {}", code::Grammar::kJava));
  const GuardReport report = report_of(rows);
  ASSERT_THAT(names(report.refusals), ElementsAre("language_names"));
  EXPECT_THAT(report.refusals[0].message, StartsWith("java: 100 %"));
  rows.pop_back();
  EXPECT_THAT(refusals(rows), IsEmpty()) << "four rows of a language say little";
}

TEST(TextGuard, OneAnswerForEverything) {
  std::vector<EvalRow> rows;
  for (int i = 0; i < 60; ++i) rows.push_back(row("x = " + std::to_string(i % 11), "y = " + std::to_string(i)));
  EXPECT_THAT(refusals(rows), ElementsAre("near_constant")) << "11 distinct texts, 12 expected";
  for (int i = 0; i < 60; ++i) rows[static_cast<std::size_t>(i)].prediction = "x = " + std::to_string(i % 12);
  EXPECT_THAT(refusals(rows), IsEmpty());
  rows.resize(19);
  for (EvalRow& each : rows) each.prediction = "x";
  EXPECT_THAT(refusals(rows), IsEmpty()) << "too few rows to judge";
  std::vector<EvalRow> many;
  for (int i = 0; i < 1000; ++i)
    many.push_back(row(std::string(static_cast<std::size_t>(i % 19), ' ') + "x = " + std::to_string(i % 19),
                       "y = " + std::to_string(i)));
  EXPECT_THAT(refusals(many), ElementsAre("near_constant")) << "19 distinct texts, 20 expected of any number of rows";
  for (EvalRow& each : many) each.prediction = "x = 1" + std::string(each.prediction.size() % 25, ' ');
  EXPECT_THAT(refusals(many), ElementsAre("near_constant")) << "blanks around make no other text";
}

/// The study's mixture answered the prompt of a demonstration, 135 of 138 times that of `minSum`, in Java whatever was
/// asked, and numbers or prose otherwise.
TEST(TextGuard, OneDemonstrationForNearlyAll) {
  const code::Grammar languages[] = {code::Grammar::kPython, code::Grammar::kJava, code::Grammar::kJavascript,
                                     code::Grammar::kCpp};
  std::vector<EvalRow> rows;
  for (std::size_t i = 0; i < 199; ++i) {
    const std::string number = std::to_string(i);
    const std::string answer = "import java.util.*; class GFG { static int minSum(int a" + number + ") { return 1; } }";
    rows.push_back(row(i % 199 < 135 ? answer : number + " is the answer to question " + number,
                       "task_" + number + " solved in its own way", languages[i % 4]));
  }
  const GuardReport report = report_of(rows);
  ASSERT_THAT(names(report.refusals), ElementsAre("shared_prefix")) << "said once, not for each language again";
  EXPECT_THAT(report.refusals[0].message,
              AllOf(StartsWith("68 %"), HasSubstr("import java.util.*; clas"), HasSubstr("0 % of the references")));
}

TEST(TextGuard, SharedPrefix) {
  EXPECT_THAT(refusals(rows_with_prefix(20, 13, kPrefix, "")), ElementsAre("shared_prefix"));
  const GuardReport some = report_of(rows_with_prefix(20, 12, kPrefix, ""));
  EXPECT_THAT(names(some.refusals), IsEmpty()) << "60 % is not more than 60 %";
  EXPECT_THAT(names(some.warnings), ElementsAre("shared_prefix"));
  EXPECT_THAT(warnings(rows_with_prefix(20, 7, kPrefix, "")), ElementsAre("shared_prefix"));
  EXPECT_THAT(warnings(rows_with_prefix(20, 6, kPrefix, "")), IsEmpty());
  EXPECT_THAT(refusals(rows_with_prefix(19, 19, kPrefix, "")), IsEmpty()) << "too few rows to judge";
  EXPECT_THAT(refusals(rows_with_prefix(40, 40, kPrefix.substr(0, 24), "")), ElementsAre("shared_prefix"));
  EXPECT_THAT(refusals(rows_with_prefix(40, 40, kPrefix.substr(0, 14), "")), IsEmpty()) << "shorter than 24 characters";
  EXPECT_THAT(refusals(rows_with_prefix(40, 40, "\n  \t" + kPrefix, "")), ElementsAre("shared_prefix")) << "stripped";
}

TEST(TextGuard, ReferencesThatBeginAlikeExcuseAPrefix) {
  EXPECT_THAT(refusals(rows_with_prefix(40, 40, kPrefix, kPrefix)), IsEmpty());
  std::vector<EvalRow> rows = rows_with_prefix(40, 40, kPrefix, "");
  for (std::size_t i = 0; i < 3; ++i) rows[i].references = {kPrefix + "x"};
  EXPECT_THAT(refusals(rows), ElementsAre("shared_prefix")) << "7.5 % of the references are too few";
  rows[3].references = {"another one first", kPrefix + "x", kPrefix + "y"};
  EXPECT_THAT(refusals(rows), IsEmpty()) << "10 %, a second reference counts";
}

TEST(TextGuard, HonestIncludesAndImportsPass) {
  std::vector<EvalRow> rows = rows_with_prefix(50, 50, "import java.util.*; class Main { // ",
                                               "import java.util.*; class Main {", code::Grammar::kJava);
  for (EvalRow& each : rows_with_prefix(50, 50, "#include <bits/stdc++.h>\nusing namespace std;\n",
                                        "#include <bits/stdc++.h> NEW_LINE using", code::Grammar::kCpp))
    rows.push_back(std::move(each));
  EXPECT_THAT(refusals(rows), IsEmpty());
  EXPECT_THAT(warnings(rows), IsEmpty());
  EXPECT_THAT(refusals(std::span(rows).subspan(50)), IsEmpty());
}

TEST(TextGuard, SharedPrefixInOneLanguageOfSeveral) {
  std::vector<EvalRow> rows = rows_with_prefix(60, 0, "", "");
  for (EvalRow& each : rows_with_prefix(20, 20, kPrefix, "", code::Grammar::kJava)) rows.push_back(std::move(each));
  const GuardReport report = report_of(rows);
  ASSERT_THAT(names(report.refusals), ElementsAre("shared_prefix"));
  EXPECT_THAT(report.refusals[0].message, StartsWith("java: 100 %"));
}

/// Answers cut out of prompt and answer at the wrong place began with the end of the prompt's template.
TEST(TextGuard, ShortSharedStartIsAWarning) {
  const GuardReport report = report_of(rows_with_prefix(20, 20, "] \n", ""));
  EXPECT_THAT(names(report.refusals), IsEmpty());
  ASSERT_THAT(names(report.warnings), ElementsAre("shared_start"));
  EXPECT_THAT(report.warnings[0].message, StartsWith("100 %"));
  EXPECT_THAT(warnings(rows_with_prefix(20, 20, "W_LINE ", "")), ElementsAre("shared_start"));
  EXPECT_THAT(warnings(rows_with_prefix(20, 12, "] \n", "")), IsEmpty());
}

TEST(TextGuard, EmptyTruncatedAndEchoedAnswersWarn) {
  std::vector<EvalRow> rows = rows_with_prefix(20, 0, "", "");
  for (std::size_t i = 0; i < 2; ++i) rows[i].prediction = " \n";
  EXPECT_THAT(warnings(rows), IsEmpty());
  rows[2].prediction = "";
  EXPECT_THAT(warnings(rows), ElementsAre("empty"));
  EXPECT_EQ(row_flag(rows[0]), "empty");

  rows = rows_with_prefix(20, 0, "", "");
  for (std::size_t i = 0; i < 20; ++i) rows[i].truncated = i < 10;
  EXPECT_THAT(warnings(rows), IsEmpty()) << "the median answer is not cut";
  rows[10].truncated = true;
  EXPECT_THAT(warnings(rows), ElementsAre("truncated"));
  for (std::size_t i = 0; i < 4; ++i) rows[i].truncated.reset();
  for (std::size_t i = 11; i < 17; ++i) rows[i].truncated.reset();
  EXPECT_THAT(warnings(rows), ElementsAre("truncated")) << "7 of the 10 that say";

  rows = rows_with_prefix(20, 0, "", "");
  for (std::size_t i = 0; i < 20; ++i)
    rows[i].prompt = "Write a Python program to complete task " + std::to_string(i) + " of the list.";
  for (std::size_t i = 0; i < 4; ++i) rows[i].prediction = std::to_string(i) + " " + rows[i].prompt;
  EXPECT_THAT(warnings(rows), IsEmpty());
  for (std::size_t i = 0; i < 4; ++i) rows[i].prediction = rows[i].prompt + " x";
  for (std::size_t i = 4; i < 7; ++i) rows[i].prediction = rows[i].prompt.substr(7) + " [/INST]";
  EXPECT_THAT(warnings(rows), ElementsAre("prompt_echo"));
  EXPECT_EQ(row_flag(rows[0]), "prompt_echo");
  EXPECT_EQ(row_flag(rows[5]), "prompt_echo") << "the answer lost the prompt's first characters";
  EXPECT_EQ(row_flag(rows[19]), "");
}

TEST(TextGuard, OrderOfTheRowsDoesNotMatter) {
  std::vector<EvalRow> rows = rows_with_prefix(40, 30, kPrefix, "");
  for (EvalRow& each : rows_with_prefix(25, 15, "#include <stdio.h>\nint main() {", "", code::Grammar::kC))
    rows.push_back(std::move(each));
  const auto text_of = [](const GuardReport& report) {
    std::string text;
    for (const auto* findings : {&report.refusals, &report.warnings}) {
      for (const auto& finding : *findings) text += finding.check + ": " + finding.message + "\n";
    }
    return text;
  };
  const std::string forward = text_of(report_of(rows));
  EXPECT_FALSE(forward.empty());
  std::reverse(rows.begin(), rows.end());
  EXPECT_EQ(text_of(report_of(rows)), forward);
}

/// Far more different texts than the guard keeps, before the prefix that most share comes up.
TEST(TextGuard, ManyRows) {
  TextGuard guard;
  for (std::size_t i = 0; i < 200000; ++i) {
    const std::string own = std::to_string(i * 7919) + "_identifier_of_its_own = " + std::to_string(i);
    guard.add(row(i < 60000 ? own : kPrefix + own, own));
  }
  const GuardReport report = guard.report();
  ASSERT_THAT(names(report.refusals), ElementsAre("shared_prefix"));
  EXPECT_THAT(report.refusals[0].message, StartsWith("70 %"));
}

TEST(QualityGuard, Warnings) {
  using code::Grammar;
  QualityGuard honest;
  QualityGuard bad;
  for (std::size_t i = 0; i < 20; ++i) {
    honest.add({Grammar::kPython, i < 2 ? Grammar::kJava : Grammar::kPython, i >= 6});
    bad.add({Grammar::kPython, i < 3 ? Grammar::kJava : Grammar::kPython, i >= 7});
  }
  EXPECT_THAT(names(honest.report().warnings), IsEmpty()) << "10 % and 30 % are not more than that";
  EXPECT_THAT(names(bad.report().warnings), ElementsAre("wrong_language", "unparsable"));
  EXPECT_THAT(names(bad.report().refusals), IsEmpty());
  EXPECT_EQ(bad.confusion().count(Grammar::kPython, Grammar::kJava), 3u);
}

/// Java whatever was asked.
TEST(QualityGuard, OneLanguageWhateverWasAsked) {
  using code::Grammar;
  QualityGuard guard;
  for (const Grammar asked : {Grammar::kPython, Grammar::kJava, Grammar::kJavascript, Grammar::kCpp}) {
    for (int i = 0; i < 30; ++i) guard.add({asked, Grammar::kJava, asked == Grammar::kJava});
  }
  const GuardReport report = guard.report();
  EXPECT_THAT(names(report.warnings), ElementsAre("wrong_language", "unparsable"));
  EXPECT_THAT(report.warnings[0].message, StartsWith("75 %"));
  EXPECT_EQ(guard.confusion().num_other(Grammar::kCpp), 30u);
  EXPECT_EQ(guard.confusion().num_other(Grammar::kJava), 0u);
}

TEST(QualityGuard, ALanguageAmongSeveralIsJudgedByItself) {
  using code::Grammar;
  QualityGuard guard;
  for (int i = 0; i < 95; ++i) guard.add({Grammar::kPython, Grammar::kPython, true});
  for (int i = 0; i < 5; ++i) guard.add({Grammar::kRust, Grammar::kGo, true});
  const GuardReport report = guard.report();
  ASSERT_THAT(names(report.warnings), ElementsAre("wrong_language"));
  EXPECT_THAT(report.warnings[0].message, StartsWith("rust: 100 %"));
}

/// What a base model without training for the task writes: numbers, repeated words, prose.
TEST(QualityGuard, NoLanguageAtAll) {
  QualityGuard guard;
  for (int i = 0; i < 10; ++i) guard.add({code::Grammar::kCpp, std::nullopt, false});
  EXPECT_THAT(names(guard.report().warnings), ElementsAre("no_language", "unparsable"));
}

TEST(LanguageConfusion, Counts) {
  using code::Grammar;
  LanguageConfusion confusion;
  confusion.add(Grammar::kJava, Grammar::kJava);
  confusion.add(Grammar::kJava, Grammar::kRuby);
  confusion.add(Grammar::kJava, std::nullopt);
  confusion.add(Grammar::kC, Grammar::kC);
  EXPECT_EQ(confusion.num_asked(Grammar::kJava), 3u);
  EXPECT_EQ(confusion.num_other(Grammar::kJava), 1u);
  EXPECT_EQ(confusion.count(Grammar::kJava, std::nullopt), 1u);
  EXPECT_THAT(confusion.languages(), ElementsAre(Grammar::kJava, Grammar::kC, Grammar::kRuby));
}

TEST(Guard, BothTogether) {
  std::vector<ScoredRow> scored(20);
  const std::vector<EvalRow> rows = rows_with_prefix(20, 20, kPrefix, "");
  for (std::size_t i = 0; i < 20; ++i) {
    scored[i].row = rows[i];
    scored[i].detected_language = code::Grammar::kJava;
    scored[i].prediction_parses = true;
  }
  const GuardReport report = check_predictions(scored);
  EXPECT_THAT(names(report.refusals), ElementsAre("shared_prefix"));
  EXPECT_THAT(names(report.warnings), ElementsAre("wrong_language"));
}

/// Rows of the eight shared files: what a base model and its fine-tuned descendants really answered.
std::vector<std::vector<EvalRow>> real_files() {
  std::vector<std::vector<EvalRow>> files;
  for (const char* run : {"base", "finetuned-first100"}) {
    for (const char* language : {"python", "java", "javascript", "cpp"}) {
      const auto path = quartet::testing::shared_data(std::string("xlcost-scored/") + language + "-" + run + ".jsonl");
      if (!path) return {};
      base::JsonlReader reader(*path);
      std::vector<EvalRow> rows;
      while (const auto each = reader.next()) {
        rows.push_back(row((*each)["prediction"].get<std::string>(), (*each)["reference"].get<std::string>(),
                           *code::find_grammar(language)));
      }
      files.push_back(std::move(rows));
    }
  }
  return files;
}

void expect_windows_pass(const std::vector<EvalRow>& rows) {
  EXPECT_THAT(refusals(rows), IsEmpty());
  for (const std::size_t size : {5u, 20u, 50u, 100u}) {
    for (std::size_t begin = 0; begin + size <= rows.size(); ++begin) {
      const GuardReport report = report_of(std::span(rows).subspan(begin, size));
      for (const auto& refusal : report.refusals)
        ADD_FAILURE() << size << " rows from " << begin << ": " << refusal.check << ": " << refusal.message;
    }
  }
}

TEST(TextGuard, RealAnswersPass) {
  std::vector<std::vector<EvalRow>> files = real_files();
  if (files.empty()) GTEST_SKIP() << "no shared data: real answers are not looked at";
  std::vector<EvalRow> all;
  for (std::vector<EvalRow>& rows : files) {
    expect_windows_pass(rows);
    all.insert(all.end(), rows.begin(), rows.end());
    for (EvalRow& each : rows) each.prediction = each.references[0];
    expect_windows_pass(rows);
    EXPECT_THAT(warnings(rows), IsEmpty()) << "references as predictions";
  }
  EXPECT_THAT(refusals(all), IsEmpty()) << "all files as one";
}

}  // namespace
}  // namespace quartet::eval
