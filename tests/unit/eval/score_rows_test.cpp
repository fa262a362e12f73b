#include "quartet/eval/score_rows.h"

#include <gtest/gtest.h>

namespace quartet::eval {
namespace {

ScoredRow score(const std::string& prediction, const std::string& reference, code::Grammar grammar,
                bool detok = false) {
  EvalRow row;
  row.id = "1";
  row.grammar = grammar;
  row.prediction = prediction;
  row.references = {reference};
  ScoreOptions options;
  options.detok_xlcost = detok;
  return score_row(std::move(row), options);
}

std::string repeat(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(ScoreRows, WhatIsGivenUpIsSaid) {
  const std::string plain = "int x = 1;";
  EXPECT_EQ(score(plain, plain, code::Grammar::kJava).over_budget, BudgetLimit::kNone);

  const std::string loops = repeat("while (a) { ", 40) + "a = b;" + repeat(" }", 40);
  const ScoredRow exponential = score("while (a) { a = b; }", loops, code::Grammar::kJava);
  EXPECT_EQ(exponential.over_budget, BudgetLimit::kDataflow);
  EXPECT_EQ(exponential.compat_score.dataflow, 0);
  EXPECT_GT(exponential.compat_score.syntax, 0) << "what does not depend on the flow is scored";

  const std::string deep = "x = " + repeat("(", 2000) + "1" + repeat(")", 2000);
  const ScoredRow too_deep = score(deep, "x = 1", code::Grammar::kPython);
  EXPECT_EQ(too_deep.over_budget, BudgetLimit::kDepth);
  EXPECT_EQ(too_deep.compat_score.dataflow, 0);

  // The JavaScript grammar's error recovery does not end on this.
  EXPECT_EQ(score("{if(x{}else(x", "x", code::Grammar::kJavascript).over_budget, BudgetLimit::kParse);
}

TEST(ScoreRows, TokensOfXlcostBecomeSourceText) {
  const std::string tokens = "def f ( x ) : NEW_LINE INDENT return \" a \u2581 b \" NEW_LINE DEDENT";
  const std::string source = "def f(x):\n    return \"a b\"\n";
  const ScoredRow raw = score(tokens, source, code::Grammar::kPython);
  EXPECT_FALSE(raw.prediction_parses);
  EXPECT_TRUE(raw.reference_damage.empty());
  const ScoredRow detokenized = score(tokens, tokens, code::Grammar::kPython, true);
  EXPECT_TRUE(detokenized.prediction_parses);
  EXPECT_TRUE(detokenized.reference_parses);
  EXPECT_TRUE(detokenized.exact_match);
  EXPECT_EQ(detokenized.row.prediction, "def f ( x ) :\n    return \"a b\"\n");
  EXPECT_TRUE(detokenized.reference_damage.empty());
  const ScoredRow damaged = score("x", "if n % 2 == 0 n % 3 == 0 :", code::Grammar::kPython, true);
  EXPECT_FALSE(damaged.reference_damage.empty());
}

TEST(ScoreRows, BytesThatAreNoTextBecomeReplacementCharacters) {
  const ScoredRow row = score("x = '\xff'", "x = '\xff'", code::Grammar::kPython);
  EXPECT_EQ(row.row.prediction, "x = '\xef\xbf\xbd'");
  EXPECT_TRUE(row.exact_match);
}

}  // namespace
}  // namespace quartet::eval
