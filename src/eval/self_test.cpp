#include "quartet/eval/self_test.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "quartet/base/text.h"
#include "quartet/eval/python_set.h"
#include "quartet/eval/score_rows.h"

namespace quartet::eval {
namespace {

constexpr double kTolerance = 1e-12;
// hash("total") in CPython 3.11 at PYTHONHASHSEED 0 and 42, and the places of the words below in list(set(words)).
constexpr std::uint64_t kHashOfTotal = 650888591713184603u;
constexpr std::uint64_t kHashOfTotalAt42 = 486981517653421707u;
constexpr std::array<std::int32_t, 6> kSetOrder{4, 3, 1, 0, 5, 2};

struct Vector {
  const char* language;
  const char* prediction;
  const char* reference;
  std::array<double, 5> expected;  // codebleu, n-gram, weighted n-gram, syntax, data-flow
};

constexpr Vector kVectors[] = {
#include "self_test_vectors.inc"
};

ScoredRow score(code::Grammar grammar, const std::string& prediction, const std::string& reference) {
  EvalRow row;
  row.grammar = grammar;
  row.prediction = prediction;
  row.references = {reference};
  return score_row(std::move(row), {});
}

SelfCheck check_compat(code::Grammar grammar) {
  SelfCheck check{base::cat("compat ", code::language_id(grammar)), false, ""};
  double worst = 0;
  int count = 0;
  for (const Vector& vector : kVectors) {
    if (code::language_id(grammar) != vector.language) continue;
    const CompatScore s = score(grammar, vector.prediction, vector.reference).compat_score;
    const std::array<double, 5> got{s.codebleu, s.ngram, s.weighted, s.syntax, s.dataflow};
    for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - vector.expected[i]));
    ++count;
  }
  check.passed = count > 0 && worst <= kTolerance;
  check.detail = base::cat(count, " pairs, largest difference to codebleu 0.6.0 ", worst);
  return check;
}

SelfCheck check_strict(code::Grammar grammar) {
  SelfCheck check{base::cat("strict ", code::language_id(grammar)), true, "texts score 1 against themselves"};
  for (const Vector& vector : kVectors) {
    if (code::language_id(grammar) != vector.language) continue;
    const double own = score(grammar, vector.reference, vector.reference).strict_score.score;
    if (own == 1) continue;
    check.passed = false;
    check.detail = base::cat("a text scores ", own, " against itself");
  }
  return check;
}

SelfCheck check_hashes() {
  SelfCheck check{"Python's string hash and set order", false, "as CPython 3.11 has them at hash seeds 0 and 42"};
  const std::vector<std::string> words{"a", "b", "total", "x", "y", "result"};
  std::vector<std::uint64_t> hashes;
  for (const std::string& word : words) hashes.push_back(python_string_hash(word));
  const std::vector<std::int32_t> items{0, 1, 2, 3, 4, 5};
  check.passed = python_string_hash("total") == kHashOfTotal && python_string_hash("total", {42}) == kHashOfTotalAt42 &&
                 python_set_order(items, hashes) == std::vector<std::int32_t>(kSetOrder.begin(), kSetOrder.end());
  if (!check.passed) check.detail = "differ from those of CPython 3.11";
  return check;
}

}  // namespace

std::vector<SelfCheck> run_self_test() {
  std::vector<SelfCheck> checks;
  for (int i = 0; i < code::kNumGrammars; ++i) checks.push_back(check_compat(static_cast<code::Grammar>(i)));
  for (int i = 0; i < code::kNumGrammars; ++i) checks.push_back(check_strict(static_cast<code::Grammar>(i)));
  checks.push_back(check_hashes());
  return checks;
}

}  // namespace quartet::eval
