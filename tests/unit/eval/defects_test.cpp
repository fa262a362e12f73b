#include "quartet/eval/defects.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "quartet/eval/score_board.h"

namespace quartet::eval {
namespace {

ScoredRow score(const std::string& prediction, const std::vector<std::string>& references,
                std::vector<std::uint32_t> seeds = {}, code::Grammar grammar = code::Grammar::kPython) {
  EvalRow row;
  row.id = "1";
  row.grammar = grammar;
  row.prediction = prediction;
  row.references = references;
  ScoreOptions options;
  options.python.other_seeds = std::move(seeds);
  return score_row(std::move(row), options);
}

double change(const ScoredRow& row, Defect defect) {
  const auto corrected = corrected_scores(row.compat, row.row.references.size(), kEqualWeights);
  return row.compat_score.codebleu - corrected[static_cast<std::size_t>(defect)];
}

TEST(Defects, ADataflowOfZeroIsWorthAQuarter) {
  EXPECT_DOUBLE_EQ(change(score("Python", {"x = y"}), Defect::kZeroDataflow), 0.25);
  EXPECT_EQ(change(score("x = y", {"x = y"}), Defect::kZeroDataflow), 0);
}

TEST(Defects, RecallForgivesWhatIsAdded) {
  const std::string reference = "a = b + c + d + e";
  const ScoredRow longer = score(reference + "\n" + reference + "\n" + reference, {reference});
  EXPECT_EQ(longer.compat_score.weighted, 1);
  // A third of the prediction is the reference: a precision of about a third where recall is 1.
  EXPECT_GT(change(longer, Defect::kRecall), 0.15);
  EXPECT_NEAR(change(score(reference, {reference}), Defect::kRecall), 0, 1e-12);
  EXPECT_EQ(change(score(reference + " + f", {reference, "x"}), Defect::kRecall), 0) << "several references";
}

TEST(Defects, SourcesInAnotherOrderAreTheSameFlow) {
  const std::string head = "a = 1\nb = 2\n";
  const ScoredRow swapped = score(head + "x = b + a", {head + "x = a + b"});
  EXPECT_NEAR(change(swapped, Defect::kOrder), -0.25 / 7, 1e-12);  // one of seven edges
  EXPECT_EQ(change(score(head + "x = a + b", {head + "x = a + b"}), Defect::kOrder), 0);
}

TEST(Defects, SomeRowsDependOnTheHashSeed) {
  std::vector<std::uint32_t> seeds;
  for (std::uint32_t seed = 0; seed < 40; ++seed) seeds.push_back(seed);
  // The loop merges the sources of `s` through a set, in the prediction only.
  const std::string reference = "s = 0\na = 1\nb = 2\ns = s + a + b";
  const ScoredRow row = score("s = 0\na = 1\nb = 2\nwhile s:\n    s = s + a + b", {reference}, seeds);
  const std::vector<double> scores = scores_by_seed(row.compat, kEqualWeights);
  ASSERT_EQ(scores.size(), 40u);
  EXPECT_EQ(scores[0], row.compat_score.codebleu);
  EXPECT_LT(*std::min_element(scores.begin(), scores.end()), *std::max_element(scores.begin(), scores.end()));

  const ScoredRow same = score("x = y", {"x = y"}, seeds);
  for (const double each : scores_by_seed(same.compat, kEqualWeights)) EXPECT_EQ(each, same.compat_score.codebleu);
}

TEST(ScoreBoard, TheOrderOfTheRowsPlaysNoPart) {
  std::vector<ScoredRow> rows;
  for (int i = 0; i < 60; ++i) {
    const std::string text =
        "x" + std::to_string(i % 7) + " = y + return if " + std::string(static_cast<std::size_t>(i % 5), 'z');
    ScoredRow row = score(text, {"x1 = y + return if zz"}, {}, i % 3 ? code::Grammar::kPython : code::Grammar::kRuby);
    row.row.id = std::to_string(i);
    rows.push_back(row);
  }
  ScoreBoard forward(ScoreOptions{}, 5);
  ScoreBoard backward(ScoreOptions{}, 5);
  for (auto row = rows.begin(); row != rows.end(); ++row) forward.add(*row);
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) backward.add(*row);
  forward.finish();
  backward.finish();
  ASSERT_EQ(forward.rows().size(), 60u);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(forward.rows()[i].strict.score, backward.rows()[i].strict.score);
  EXPECT_EQ(compat_score(forward.overall().compat()).codebleu, compat_score(backward.overall().compat()).codebleu);
  EXPECT_EQ(strict_score(forward.overall().strict()).weighted, strict_score(backward.overall().strict()).weighted);
  ASSERT_EQ(forward.worst().size(), 4u);
  const auto num_ruby = std::count_if(forward.worst().begin(), forward.worst().end(),
                                      [](const ScoredRow& row) { return row.row.grammar == code::Grammar::kRuby; });
  EXPECT_EQ(num_ruby, 2) << "as many of each language";
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(forward.worst()[i].row.id, backward.worst()[i].row.id);
  for (std::size_t i = 1; i < 4; ++i)
    EXPECT_LE(forward.worst()[i - 1].strict_score.score, forward.worst()[i].strict_score.score);
}

TEST(ScoreBoard, LongTextsAreCutBeforeTheyAreKept) {
  ScoredRow row = score("x", {"y"});
  row.row.prediction = std::string(19'999, 'a') + "\u2581" + std::string(50'000, 'b');
  ScoreBoard board(ScoreOptions{}, 1);
  board.add(row);
  board.finish();
  const std::string& kept = board.worst()[0].row.prediction;
  EXPECT_EQ(kept.substr(0, 20'001), std::string(19'999, 'a') + "\n[");
  EXPECT_LT(kept.size(), 20'100u);
}

}  // namespace
}  // namespace quartet::eval
