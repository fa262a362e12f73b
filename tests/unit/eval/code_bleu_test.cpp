#include "quartet/eval/code_bleu.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "support/test_files.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

constexpr double kTolerance = 1e-12;

CompatCounts counts_of(const std::string& language, const std::vector<std::string>& references,
                       const std::string& prediction, PythonHashing hashing = {}) {
  const code::Grammar grammar = *code::find_grammar(language);
  TreeCache trees(grammar);
  return count_compat(grammar, references, prediction, {hashing, {}}, trees);
}

CompatScore score_of(const std::string& language, const std::string& reference, const std::string& prediction) {
  return compat_score(counts_of(language, {reference}, prediction));
}

void expect_score(const CompatScore& score, const json& expected, const std::string& where) {
  EXPECT_NEAR(score.ngram, expected["ngram_match_score"].get<double>(), kTolerance) << where;
  EXPECT_NEAR(score.weighted, expected["weighted_ngram_match_score"].get<double>(), kTolerance) << where;
  EXPECT_NEAR(score.syntax, expected["syntax_match_score"].get<double>(), kTolerance) << where;
  EXPECT_NEAR(score.dataflow, expected["dataflow_match_score"].get<double>(), kTolerance) << where;
  EXPECT_NEAR(score.codebleu, expected["codebleu"].get<double>(), kTolerance) << where;
}

void expect_golden_file(const char* name, std::size_t min_rows) {
  base::JsonlReader reader(quartet::testing::golden(std::filesystem::path("codebleu") / name));
  std::size_t num_rows = 0;
  while (const auto row = reader.next()) {
    const CompatCounts counts =
        counts_of((*row)["language"], (*row)["references"], (*row)["prediction"], {row->value("hash_seed", 0u)});
    expect_score(compat_score(counts), *row, reader.where() + " " + row->value("name", ""));
    ++num_rows;
  }
  EXPECT_GE(num_rows, min_rows);
}

TEST(CompatCodeBleu, GoldenVectors) {
  expect_golden_file("vectors.jsonl", 776);
}
TEST(CompatCodeBleu, GoldenTraps) {
  expect_golden_file("traps.jsonl", 896);
}

TEST(CompatCodeBleu, GoldenHashSeeds) {
  expect_golden_file("hash_seeds.jsonl", 174);
}

TEST(CompatCodeBleu, GoldenPooled) {
  std::map<std::string, CompatCounts> pooled;
  base::JsonlReader vectors(quartet::testing::golden("codebleu/vectors.jsonl"));
  while (const auto row = vectors.next()) {
    if ((*row)["references"].size() == 1)
      pooled[(*row)["language"]] += counts_of((*row)["language"], (*row)["references"], (*row)["prediction"]);
  }
  base::JsonlReader reader(quartet::testing::golden("codebleu/pooled.jsonl"));
  std::size_t num_rows = 0;
  while (const auto row = reader.next()) {
    expect_score(compat_score(pooled.at((*row)["language"])), *row, (*row)["language"]);
    ++num_rows;
  }
  EXPECT_EQ(num_rows, 10u);
}

TEST(CompatCodeBleu, SharedVectors) {
  const auto path = quartet::testing::shared_data("codebleu-vectors/vectors.json");
  if (!path) GTEST_SKIP() << "no shared data: the shared vectors are not compared";
  std::size_t num_cases = 0;
  for (const json& row : base::parse_json(base::read_text_file(*path), path->string())) {
    const std::string language = row["lang"];
    CompatCounts counts;
    for (std::size_t i = 0; i < row["predictions"].size(); ++i) {
      const json& references = row["references"][i];
      counts += counts_of(language,
                          references.is_string() ? std::vector<std::string>{references.get<std::string>()}
                                                 : references.get<std::vector<std::string>>(),
                          row["predictions"][i]);
    }
    expect_score(compat_score(counts), row["expected"], row.value("name", base::cat(language, " case ", num_cases)));
    ++num_cases;
  }
  EXPECT_EQ(num_cases, 47u);
}

TEST(CompatCodeBleu, RealRows) {
  std::size_t num_rows = 0;
  for (const char* language : {"python", "java", "javascript", "cpp"}) {
    for (const char* run : {"-base.jsonl", "-finetuned-first100.jsonl"}) {
      const auto path = quartet::testing::shared_data(std::string("xlcost-scored/") + language + run);
      if (!path) GTEST_SKIP() << "no shared data: the recorded scores of real rows are not compared";
      base::JsonlReader reader(*path);
      while (const auto row = reader.next()) {
        const CompatScore score = score_of(language, (*row)["reference"], (*row)["prediction"]);
        EXPECT_NEAR(score.ngram, (*row)["ngram_match_score"].get<double>(), kTolerance) << reader.where();
        EXPECT_NEAR(score.weighted, (*row)["weighted_ngram_match_score"].get<double>(), kTolerance) << reader.where();
        EXPECT_NEAR(score.syntax, (*row)["syntax_match_score"].get<double>(), kTolerance) << reader.where();
        EXPECT_NEAR(score.dataflow, (*row)["dataflow_match_score_hashseed0"].get<double>(), kTolerance)
            << reader.where();
        ++num_rows;
      }
    }
  }
  EXPECT_EQ(num_rows, 1200u);
}

TEST(CompatCodeBleu, DataflowOfZeroCountsAsOne) {
  const CompatScore score = score_of("python", "x = 1\ny = x", "");
  EXPECT_EQ(score.dataflow, 0);
  EXPECT_EQ(score.codebleu, 0.25);
}

TEST(CompatCodeBleu, Weights) {
  const CompatCounts counts = counts_of("python", {"a = b"}, "a = b");
  const CompatScore equal = compat_score(counts);
  const CompatScore paper = compat_score(counts, kPaperWeights);
  EXPECT_NEAR(equal.codebleu, 0.764316130, 1e-8);
  EXPECT_NEAR(paper.codebleu, 0.1 * equal.ngram + 0.1 * equal.weighted + 0.8, kTolerance);
}

TEST(CompatCodeBleu, HashSeedChangesTheOrderOfMergedSources) {
  const std::string text = "for i in q :\n  z = z + a + b + i\ny = z";
  const std::string other = "for n in m :\n  w = w + k + l + n\nx = w";  // the same, other names
  std::set<double> values;
  for (std::uint32_t seed = 0; seed < 20; ++seed)
    values.insert(compat_score(counts_of("python", {text}, other, {seed})).dataflow);
  EXPECT_GT(values.size(), 1u);
}

TEST(CompatCodeBleu, TextsThatUpstreamNeverLeaves) {
  base::JsonlReader reader(quartet::testing::golden("codebleu/endless.jsonl"));
  while (const auto row = reader.next()) {
    EXPECT_TRUE(counts_of((*row)["language"], (*row)["references"], (*row)["prediction"]).over_budget);
  }
}

struct Nest {
  const char* language;
  const char* before;
  const char* opening;
  const char* inside;
  const char* closing;
  const char* behind;
  int max_depth = 0;  ///< the greatest that has a flow in codebleu 0.6.0

  std::string text(int depth) const {
    std::string result = before;
    for (int i = 0; i < depth; ++i) result += opening;
    result += inside;
    for (int i = 0; i < depth; ++i) result += closing;
    return result + behind;
  }
};

TEST(CompatCodeBleu, NestedLoopsStopAtTheBudget) {
  constexpr Nest kNests[]{{"php", "<?php ", "foreach ($a as $x) { ", "$x = $x + $y ; ", "} ", ""},
                          {"go", "", "for x = y ; x < y ; x ++ { ", "x = x + y ", "} ", ""},
                          {"ruby", "", "for x in y do\n", "x = x + y\n", "end\n", ""}};
  for (const Nest& nest : kNests) {
    const CompatCounts few = counts_of(nest.language, {nest.text(5)}, nest.text(5));
    EXPECT_FALSE(few.over_budget) << nest.language;
    EXPECT_EQ(few.dataflow_matches, few.dataflow_total) << nest.language;
    EXPECT_GT(few.dataflow_total, 0u) << nest.language;
    const CompatCounts many = counts_of(nest.language, {nest.text(40)}, nest.text(1));
    EXPECT_TRUE(many.over_budget) << nest.language;
    EXPECT_EQ(many.dataflow_total, 0u) << nest.language;
  }
}

TEST(CompatCodeBleu, NestedLoopsOfPythonStopAtTheBudget) {
  std::string text = "x = 1\n";
  for (int depth = 0; depth < 30; ++depth) text += std::string(static_cast<std::size_t>(depth), ' ') + "while x :\n";
  text += std::string(30, ' ') + "x = x + y\n";
  const CompatCounts counts = counts_of("python", {text}, "x = 1\ny = x");
  EXPECT_TRUE(counts.over_budget);
  EXPECT_EQ(counts.dataflow_total, 0u);
}

TEST(CompatCodeBleu, PythonReachesItsRecursionLimit) {
  constexpr Nest kNests[]{{"python", "x = 1\ny = ", "(", "x", ")", "", 988},
                          {"java", "x = 1; y = ", "(", "x", ")", ";", 988},
                          {"javascript", "let x = 1; let y = ", "(", "x", ")", ";", 988},
                          {"cpp", "x = 1; y = ", "(", "x", ")", ";", 988},
                          {"c", "x = 1; y = ", "(", "x", ")", ";", 988},
                          {"c_sharp", "x = 1; y = ", "(", "x", ")", ";", 987},
                          {"php", "<?php $x = 1; $y = ", "(", "$x", ")", ";", 987},
                          {"go", "x = 1 ; y = ", "(", "x", ")", "", 988},
                          {"ruby", "x = 1\ny = ", "(", "x", ")", "", 989},
                          {"rust", "x = 1; y = ", "(", "x", ")", ";", 988},
                          {"go", "x = y ; ", "if x {", " x = y ", "}", "", 494},
                          {"rust", "x = y ; ", "if x {", " x = y ; ", "}", "", 329},
                          {"ruby", "x = y\n", "if x\n", " x = y\n", "end\n", "", 494},
                          // A function's body is not followed, but its tokens are looked for.
                          {"rust", "x = y ; fn f ( ) { z = ", "(", "x", ")", "; } z = x ;", 989}};
  for (const Nest& nest : kNests) {
    for (const int more : {0, 1}) {
      const std::string text = nest.text(nest.max_depth + more);
      EXPECT_EQ(counts_of(nest.language, {text}, text).dataflow_total == 0, more == 1)
          << nest.language << " " << nest.opening << " " << nest.max_depth + more;
    }
  }
}

TEST(CompatCodeBleu, NothingIsFollowedIntoAString) {
  constexpr Nest kNest{"ruby", "x = 1\ny = x\nz = ", "\"#{", "x", "}\"", "", 0};
  const std::string text = kNest.text(600);  // a tree of 1200 levels
  EXPECT_GT(counts_of("ruby", {text}, text).dataflow_total, 0u);
}

TEST(CompatCodeBleu, LongAndDeepTexts) {
  const std::string deep = "x = 1\ny = " + std::string(2000, '(') + "x" + std::string(2000, ')');
  EXPECT_EQ(score_of("python", deep, deep).dataflow, 0) << "Python reaches its recursion limit";
  EXPECT_EQ(score_of("python", deep, deep).syntax, 1);
  std::string line;
  while (line.size() < 1'000'000) line += "x = f ( y , 1 ) ; ";
  EXPECT_EQ(score_of("java", line, line).codebleu, 1);
}

}  // namespace
}  // namespace quartet::eval
