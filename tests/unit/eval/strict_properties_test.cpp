#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "quartet/eval/dataflow/dataflow_match.h"
#include "quartet/eval/keywords.h"
#include "quartet/eval/score_rows.h"
#include "quartet/eval/strict.h"
#include "strict_programs.h"
#include "support/test_files.h"

namespace quartet::eval {
namespace {

StrictCounts counts_of(std::string_view language, std::string_view reference, std::string_view prediction) {
  const code::Grammar grammar = *code::find_grammar(language);
  return count_strict({grammar, strict_text(prediction, grammar)}, {grammar, strict_text(reference, grammar)});
}

StrictScore score_of(std::string_view language, std::string_view reference, std::string_view prediction) {
  return strict_score(counts_of(language, reference, prediction));
}

class StrictPrograms : public ::testing::TestWithParam<StrictProgram> {};

TEST_P(StrictPrograms, AreParsedWhole) {
  const StrictProgram& program = GetParam();
  const code::Grammar grammar = *code::find_grammar(program.language);
  for (const std::string_view code : {program.code, program.relaid, program.swapped, program.no_flow}) {
    EXPECT_FALSE(code::SyntaxTree(grammar, std::string(code)).has_error()) << code;
  }
}

TEST_P(StrictPrograms, ScoreOneAgainstThemselvesInEveryComponent) {
  const StrictScore score = score_of(GetParam().language, GetParam().code, GetParam().code);
  EXPECT_EQ(score.score, 1);
  EXPECT_EQ(score.ngram, 1);
  EXPECT_EQ(score.weighted, 1);
  EXPECT_EQ(score.syntax.value(), 1);
  EXPECT_EQ(score.dataflow.value(), 1);
}

TEST_P(StrictPrograms, CommentsAndLayoutChangeNothing) {
  for (const bool other_way : {false, true}) {
    const auto& [reference, prediction] =
        other_way ? std::pair(GetParam().relaid, GetParam().code) : std::pair(GetParam().code, GetParam().relaid);
    const StrictScore score = score_of(GetParam().language, reference, prediction);
    EXPECT_EQ(score.ngram, 1);
    EXPECT_EQ(score.weighted, 1);
    EXPECT_EQ(score.syntax.value(), 1);
    EXPECT_EQ(score.dataflow.value(), 1);
  }
}

TEST_P(StrictPrograms, RenamedVariablesHaveTheSameDataFlow) {
  const std::string code(GetParam().code);
  const auto rename = [&](std::vector<std::string> to) {
    std::string text = code;
    const std::vector<std::string> from{"alpha", "beta", "gamma", "delta"};
    for (std::size_t i = 0; i < from.size(); ++i)
      text = base::replace_all(std::move(text), from[i], base::cat("\1", i, "\1"));
    for (std::size_t i = 0; i < from.size(); ++i)
      text = base::replace_all(std::move(text), base::cat("\1", i, "\1"), to[i]);
    return text;
  };
  for (const std::vector<std::string>& names : {std::vector<std::string>{"p", "q", "r", "s"},
                                                {"beta", "gamma", "delta", "alpha"},
                                                {"delta", "gamma", "beta", "alpha"}}) {
    const StrictScore score = score_of(GetParam().language, code, rename(names));
    EXPECT_EQ(score.dataflow.value(), 1) << rename(names);
    EXPECT_EQ(score.syntax.value(), 1);
    EXPECT_LT(score.ngram, 1);
  }
  EXPECT_LT(score_of(GetParam().language, code, rename({"p", "q", "p", "s"})).dataflow.value(), 1) << "two become one";
}

TEST_P(StrictPrograms, SwappedSidesOfAnAssignmentHaveAnother) {
  EXPECT_LT(score_of(GetParam().language, GetParam().code, GetParam().swapped).dataflow.value(), 1);
  EXPECT_LT(score_of(GetParam().language, GetParam().swapped, GetParam().code).dataflow.value(), 1);
}

TEST_P(StrictPrograms, JunkBehindNeverHelps) {
  std::string prediction(GetParam().code);
  double ngram = 1;
  double weighted = 1;
  const std::string copy(GetParam().code);
  for (const std::string& junk :
       {std::string("\nalpha\n"), std::string("\n;\n"), std::string("\n1\n"), copy, copy + copy}) {
    prediction += junk;
    const StrictScore score = score_of(GetParam().language, GetParam().code, prediction);
    EXPECT_LE(score.ngram, ngram) << junk;
    EXPECT_LE(score.weighted, weighted) << junk;
    ngram = score.ngram;
    weighted = score.weighted;
  }
  EXPECT_LT(ngram, 0.5);
}

TEST_P(StrictPrograms, MissingTokensCostByLength) {
  const std::string_view code = GetParam().code;
  const StrictScore half = score_of(GetParam().language, code, code.substr(0, code.size() / 2));
  EXPECT_LT(half.ngram, 0.6) << "brevity";
  EXPECT_LT(half.weighted, 0.6);
  EXPECT_LT(half.syntax.value(), 1);
  EXPECT_LT(half.dataflow.value(), 1);
}

TEST_P(StrictPrograms, AReferenceWithoutFlowGivesNullAndAPredictionWithoutGivesZero) {
  const StrictScore undefined = score_of(GetParam().language, GetParam().no_flow, GetParam().code);
  EXPECT_FALSE(undefined.dataflow.has_value());
  const std::array defined{undefined.ngram, undefined.weighted, undefined.syntax.value()};
  EXPECT_NEAR(undefined.score, (defined[0] + defined[1] + defined[2]) / 3, 1e-15);
  EXPECT_EQ(score_of(GetParam().language, GetParam().no_flow, GetParam().no_flow).score, 1);
  EXPECT_EQ(score_of(GetParam().language, GetParam().code, GetParam().no_flow).dataflow.value(), 0);
}

TEST_P(StrictPrograms, OrderOfReferencesAndHashSeedPlayNoPart) {
  EvalRow row;
  row.grammar = *code::find_grammar(GetParam().language);
  row.prediction = std::string(GetParam().swapped);
  row.references = {std::string(GetParam().no_flow), std::string(GetParam().code), std::string(GetParam().relaid)};
  const ScoredRow expected = score_row(row, {});
  std::sort(row.references.begin(), row.references.end());
  do {
    for (const std::uint32_t seed : {0u, 1u, 77u}) {
      const ScoredRow scored = score_row(row, {.python = {.hashing = {.seed = seed}, .other_seeds = {}}});
      EXPECT_EQ(scored.strict_score.score, expected.strict_score.score);
      EXPECT_EQ(scored.strict_score.syntax, expected.strict_score.syntax);
      EXPECT_EQ(scored.strict_score.dataflow, expected.strict_score.dataflow);
    }
  } while (std::next_permutation(row.references.begin(), row.references.end()));
}

TEST_P(StrictPrograms, KeywordsWeighMore) {
  // A wrong name costs less than a wrong keyword: both are one token of the program.
  const std::string code(GetParam().code);
  const std::string wrong_name = base::replace_all(code, "delta", "omega");
  const auto weights = counts_of(GetParam().language, code, wrong_name).weighted;
  EXPECT_GT(weights.matches[0] / weights.totals[0], score_of(GetParam().language, code, wrong_name).ngram);
  const auto& keywords = strict_keywords(*code::find_grammar(GetParam().language));
  EXPECT_TRUE(keywords.contains("if") && keywords.contains("return") && keywords.contains("for"));
  for (const char* no_keyword : {"printf", "main", "println", "String", "cout", "self_", ""})
    EXPECT_FALSE(keywords.contains(no_keyword));
}

TEST_P(StrictPrograms, HostileTextsComeToAnEndAndSaySo) {
  const std::string language(GetParam().language);
  std::string line(GetParam().code);
  while (line.size() < 200'000) line += line;
  const std::string deep = "x = " + std::string(20'000, '(') + "y" + std::string(20'000, ')') + ";";
  std::string loops;
  for (int i = 0; i < 25; ++i) loops += language == "python" ? std::string(i, ' ') + "while a:\n" : "while (a) { ";
  loops += language == "python" ? std::string(25, ' ') + "a = b" : "a = b;";
  for (const std::string& text : {line, deep, loops}) {
    const StrictCounts counts = counts_of(language, text, text);
    const StrictScore score = strict_score(counts);
    EXPECT_EQ(score.score, 1);
    EXPECT_EQ(score.dataflow.has_value(), counts.dataflow_total > 0);
    EXPECT_TRUE(!counts.parse_given_up || counts.dataflow_unknown);
  }
  EXPECT_TRUE(counts_of(language, deep, deep).dataflow_unknown || counts_of(language, deep, deep).parse_given_up);
}

INSTANTIATE_TEST_SUITE_P(AllLanguages, StrictPrograms, ::testing::ValuesIn(kStrictPrograms),
                         [](const ::testing::TestParamInfo<StrictProgram>& each) {
                           return std::string(each.param.language);
                         });

TEST(StrictProperties, PhpWithoutATagIsPhp) {
  const std::string tagged = "<?php function f($a) { return $a; }";
  EXPECT_EQ(score_of("php", tagged, tagged.substr(6)).score, 1);
  EXPECT_LT(score_of("php", "function f($a) { return $a; }", "echo 1;").syntax.value(), 0.5);
  EXPECT_EQ(strict_text("", code::Grammar::kPhp), "");
  EXPECT_EQ(strict_text("<b>x</b> <?php f(); ?>", code::Grammar::kPhp), "<b>x</b> <?php f(); ?>");
}

TEST(StrictProperties, AParseThatWasGivenUpIsRecognisable) {
  base::JsonlReader reader(quartet::testing::golden("codebleu/endless.jsonl"));
  const auto row = *reader.next();
  const std::string text = row["prediction"];
  const StrictCounts counts = counts_of(std::string(row["language"]), text, text);
  EXPECT_TRUE(counts.parse_given_up);
  EXPECT_TRUE(counts.dataflow_unknown);
  EXPECT_FALSE(strict_score(counts).syntax.has_value());
  EXPECT_FALSE(counts_of("python", "x = y", "x = y").parse_given_up);
}

TEST(StrictProperties, RealTextsScoreOneAgainstThemselves) {
  std::size_t num_texts = 0;
  for (const char* folder : {"xlcost-scored", "xlcost-pairs"}) {
    const auto path = quartet::testing::shared_data(folder);
    if (!path) GTEST_SKIP() << "no " << folder << ": the shared data are not here";
    for (const auto& file : std::filesystem::directory_iterator(*path)) {
      if (file.path().extension() != ".jsonl") continue;
      base::JsonlReader reader(file.path());
      std::string language = base::to_lower(file.path().filename().string());
      language = language.substr(0, language.find('-'));
      if (language == "c++") language = "cpp";
      while (const auto row = reader.next()) {
        for (const char* key : {"prediction", "reference", "code"}) {
          if (!row->contains(key)) continue;
          const std::string text = (*row)[key];
          const StrictCounts counts = counts_of(language, text, text);
          if (!counts.has_tokens) continue;
          const StrictScore score = strict_score(counts);
          EXPECT_EQ(score.score, 1) << text;
          EXPECT_TRUE(!score.syntax || *score.syntax == 1) << text;
          EXPECT_TRUE(!score.dataflow || *score.dataflow == 1) << text;
          ++num_texts;
        }
      }
    }
  }
  EXPECT_GT(num_texts, 1000u);
}

}  // namespace
}  // namespace quartet::eval
