#include "quartet/eval/strict.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "support/test_files.h"

namespace quartet::eval {
namespace {

StrictCounts counts_of(const std::string& language, const std::string& reference, const std::string& prediction) {
  const code::Grammar grammar = *code::find_grammar(language);
  return count_strict({grammar, strict_text(prediction, grammar)}, {grammar, strict_text(reference, grammar)});
}

StrictScore score_of(const std::string& language, const std::string& reference, const std::string& prediction) {
  return strict_score(counts_of(language, reference, prediction));
}

TEST(StrictCodeBleu, AnyTextScoresOneAgainstItself) {
  std::size_t num_texts = 0;
  for (const char* file : {"vectors.jsonl", "traps.jsonl"}) {
    base::JsonlReader reader(quartet::testing::golden(std::filesystem::path("codebleu") / file));
    while (const auto row = reader.next()) {
      const std::string text = (*row)["references"][0];
      if (!counts_of((*row)["language"], text, text).has_tokens) continue;
      EXPECT_EQ(score_of((*row)["language"], text, text).score, 1) << text;
      ++num_texts;
    }
  }
  EXPECT_GT(num_texts, 500u);
}

TEST(StrictCodeBleu, CommentsAndLayoutDoNotCount) {
  const std::string python = "def f(x):\n    y = x + 1\n    return y";
  const std::string java = "int f(int x) { int y = x + 1; return y; }";
  EXPECT_EQ(score_of("python", python, "# a\ndef f( x ):  # b\n\n  '''doc'''\n  y = x+1\n\n  # c\n  return y\n").score,
            1);
  EXPECT_EQ(score_of("python", "\xef\xbb\xbf" + python, "def f(x):\r\n    y = x + 1\r\n    return y").score, 1);
  EXPECT_EQ(score_of("java", java, "/* a */ int f ( int x )\n{ // b\n int y = x + 1 ; return y ; }").score, 1);
  EXPECT_EQ(score_of("javascript", "let a = `x ${b}`; f(a);", "let a=`x ${b}`; // c\nf(\n a);").score, 1);
  EXPECT_EQ(score_of("cpp", "#include <a>\nint x = 1;\n", "#include <a>   // b\nint x=1; /* c */").score, 1);
}

TEST(StrictCodeBleu, JunkBehindNeverHelps) {
  const std::string reference = "int s = 0; for (int i = 0; i < n; i++) { s += i; } return s;";
  double ngram = 1;
  double weighted = 1;
  std::string prediction = reference;
  for (const char* junk : {" x", " ;", " s", " foo ( bar ) ;", " int s = 0 ;", " return"}) {
    prediction += junk;
    const StrictScore score = score_of("java", reference, prediction);
    EXPECT_LE(score.ngram, ngram) << junk;
    EXPECT_LE(score.weighted, weighted) << junk;
    ngram = score.ngram;
    weighted = score.weighted;
  }
  EXPECT_LT(ngram, 0.9);
}

TEST(StrictCodeBleu, UndefinedPartsAreNullAndLeaveTheMean) {
  const StrictScore no_flow = score_of("python", "print ( 1 )", "print ( 2 )");
  EXPECT_FALSE(no_flow.dataflow.has_value());
  ASSERT_TRUE(no_flow.syntax.has_value());
  EXPECT_NEAR(no_flow.score, (no_flow.ngram + no_flow.weighted + *no_flow.syntax) / 3, 1e-12);
  EXPECT_EQ(*score_of("python", "x = 1\ny = x", "print ( 1 )").dataflow, 0) << "only the prediction has none";
  EXPECT_EQ(score_of("python", "x = 1", "").score, 0);
}

TEST(StrictCodeBleu, SubtreesAreClippedAndBrokenOnesNotCounted) {
  EXPECT_LT(*score_of("java", "f(a); f(b); f(c);", "f(a);").syntax, 1) << "one sub-tree cannot match three";
  const StrictScore broken = score_of("python", "x = 1\ny = (", "x = 1\ny = (");
  EXPECT_EQ(broken.score, 1);
}

TEST(StrictCodeBleu, DataFlowThatUpstreamDoesNotSee) {
  EXPECT_LT(*score_of("javascript", "let a = 1; b = a; c = b;", "let a = 1; b = c; c = a;").dataflow, 1);
  EXPECT_LT(*score_of("cpp", "int a = 1; int b = a; f(b);", "int a = 1; int b = c; f(a);").dataflow, 1);
  EXPECT_EQ(*score_of("cpp", "for (int v : vs) { s += v; }", "for (int w : ws) { t += w; }").dataflow, 1)
      << "names do not matter";
  EXPECT_LT(*score_of("python", "x += y\nz = x", "x = y\nz = x").dataflow, 1) << "+= reads its target";
}

TEST(StrictCodeBleu, DeepTexts) {
  const std::string deep = "x = " + std::string(2000, '(') + "1" + std::string(2000, ')');
  const StrictScore score = score_of("python", deep, deep);
  EXPECT_EQ(score.score, 1);
  EXPECT_FALSE(score.dataflow.has_value());
}

TEST(StrictCodeBleu, RulersOfMinusSignsAreNoWork) {
  // To the grammars a line of dashes is a decrement of a decrement of … `x`.
  const std::string ruler = std::string(400, '-') + " x ; y = x ;";
  for (const char* language : {"java", "cpp", "c", "javascript", "c_sharp", "php"}) {
    EXPECT_FALSE(counts_of(language, "y = x ;", ruler).dataflow_unknown) << language;
  }
}

TEST(StrictCodeBleu, PooledIsNotTheMean) {
  StrictCounts pooled = counts_of("java", "int a = b; int c = a;", "int a = b;");
  const double first = strict_score(pooled).score;
  pooled += counts_of("java", "x = y;", "x = y;");
  EXPECT_GT(strict_score(pooled).score, first);
  EXPECT_LT(strict_score(pooled).score, 1);
}

}  // namespace
}  // namespace quartet::eval
