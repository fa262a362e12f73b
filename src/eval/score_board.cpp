#include "quartet/eval/score_board.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>

#include "quartet/base/text.h"

namespace quartet::eval {
namespace {

constexpr std::size_t kMaxShownBytes = 20'000;

/// Texts are kept to be shown: 200 rows of 64 MiB would be too much.
void cut_texts(EvalRow& row) {
  const auto cut = [](std::string& text) {
    if (text.size() <= kMaxShownBytes) return;
    std::size_t end = kMaxShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = base::cat(text.substr(0, end), "\n[… ", text.size() - end, " more bytes]");
  };
  cut(row.prediction);
  cut(row.prompt);
  for (std::string& reference : row.references) cut(reference);
}

}  // namespace

void Pool::add(const ScoredRow& row, std::span<const double> scores_by_seed) {
  ++num_rows_;
  sums_by_seed_.resize(scores_by_seed.size());
  for (std::size_t seed = 0; seed < scores_by_seed.size(); ++seed) sums_by_seed_[seed].add(scores_by_seed[seed]);
  compat_ += row.compat;
  strict_ += row.strict;
  compat_matches_.add(row.compat.weighted.matches[0]);
  compat_totals_.add(row.compat.weighted.totals[0]);
  strict_matches_.add(row.strict.weighted.matches[0]);
  strict_totals_.add(row.strict.weighted.totals[0]);
}

CompatCounts Pool::compat() const {
  CompatCounts counts = compat_;
  counts.weighted.matches[0] = compat_matches_.value();
  counts.weighted.totals[0] = compat_totals_.value();
  return counts;
}

StrictCounts Pool::strict() const {
  StrictCounts counts = strict_;
  counts.weighted.matches[0] = strict_matches_.value();
  counts.weighted.totals[0] = strict_totals_.value();
  return counts;
}

std::vector<double> Pool::means_by_seed() const {
  std::vector<double> means;
  for (const ExactSum& sum : sums_by_seed_) means.push_back(sum.value() / static_cast<double>(num_rows_));
  return means;
}

bool ScoreBoard::is_worse(const ScoredRow& a, const ScoredRow& b) const {
  const auto rank = [&](const ScoredRow& row) {
    const double score = options_.strict ? row.strict_score.score : row.compat_score.codebleu;
    const Baseline::Scores before = baseline_ == nullptr ? Baseline::Scores{} : baseline_->find(row.row);
    const double change = score - (options_.strict ? before.strict : before.compat);
    return std::tuple(std::isnan(change) ? 0.0 : change, score, task_key(row.row));
  };
  return rank(a) < rank(b);
}

void ScoreBoard::add(ScoredRow row) {
  RowScores scores;
  scores.compat = row.compat_score;
  scores.strict = row.strict_score;
  scores.grammar = row.row.grammar;
  scores.detected_language = row.detected_language;
  scores.exact_match = row.exact_match;
  scores.prediction_parses = row.prediction_parses;
  scores.reference_parses = row.reference_parses;
  scores.truncated = row.row.truncated.value_or(false);
  scores.over_budget = row.over_budget != BudgetLimit::kNone;
  scores.reference_damaged = !row.reference_damage.empty();
  scores.reference_has_dataflow = row.compat.dataflow_total > 0;
  scores.order = task_key(row.row);
  if (baseline_ != nullptr) scores.before = baseline_->find(row.row);
  std::vector<double> by_seed;
  if (options_.compat) {
    scores.corrected = corrected_scores(row.compat, row.row.references.size(), options_.weights);
    by_seed = scores_by_seed(row.compat, options_.weights);
  }
  if (!by_seed.empty()) {
    const auto [low, high] = std::minmax_element(by_seed.begin(), by_seed.end());
    scores.lowest_by_seed = *low;
    scores.highest_by_seed = *high;
  }
  rows_.push_back(scores);
  overall_.add(row, by_seed);
  languages_[row.row.grammar].add(row, by_seed);

  std::vector<ScoredRow>& worst = worst_of_[row.row.grammar];
  const auto worse = [this](const ScoredRow& a, const ScoredRow& b) { return is_worse(a, b); };
  if (worst.size() == num_samples_) {
    if (worst.empty() || !is_worse(row, worst.front())) return;
    std::pop_heap(worst.begin(), worst.end(), worse);
    worst.pop_back();
  }
  cut_texts(row.row);
  worst.push_back(std::move(row));
  std::push_heap(worst.begin(), worst.end(), worse);
}

void ScoreBoard::finish() {
  std::sort(rows_.begin(), rows_.end(), [](const RowScores& a, const RowScores& b) { return a.order < b.order; });
  const auto worse = [this](const ScoredRow& a, const ScoredRow& b) { return is_worse(a, b); };
  for (auto& [grammar, rows] : worst_of_) {
    std::sort_heap(rows.begin(), rows.end(), worse);
    rows.resize(std::min(rows.size(), std::max<std::size_t>(1, num_samples_ / worst_of_.size())));
    std::move(rows.begin(), rows.end(), std::back_inserter(worst_));
  }
  worst_of_.clear();
  std::sort(worst_.begin(), worst_.end(), worse);
}

}  // namespace quartet::eval
