#include "quartet/eval/defects.h"

namespace quartet::eval {
namespace {

constexpr std::size_t index(Defect defect) {
  return static_cast<std::size_t>(defect);
}

/// Precision of the weighted unigrams, the other orders and lengths as in the plain n-gram match.
double weighted_precision(const CompatCounts& counts) {
  NgramCounts precision = counts.ngram;
  precision.matches[0] = counts.weighted.matches[0];
  precision.totals[0] = counts.prediction_weight;
  return bleu_score(precision);
}

}  // namespace

std::string_view defect_key(Defect defect) {
  constexpr std::array<std::string_view, kNumDefects> kKeys{"zero_dataflow_counted_as_one", "recall_for_precision",
                                                            "order_of_sources"};
  return kKeys[index(defect)];
}

std::array<double, kNumDefects> corrected_scores(const CompatCounts& counts, std::size_t num_references,
                                                 const Weights& weights) {
  const CompatScore score = compat_score(counts, weights);
  std::array<double, kNumDefects> corrected;
  corrected.fill(score.codebleu);
  if (score.dataflow == 0) corrected[index(Defect::kZeroDataflow)] -= weights[3];
  if (num_references == 1) {
    corrected[index(Defect::kRecall)] += weights[1] * (weighted_precision(counts) - score.weighted);
  }
  CompatCounts unordered = counts;
  unordered.dataflow_matches = counts.unordered_matches;
  corrected[index(Defect::kOrder)] = compat_score(unordered, weights).codebleu;
  return corrected;
}

std::vector<double> scores_by_seed(const CompatCounts& counts, const Weights& weights) {
  std::vector<double> scores;
  CompatCounts other = counts;
  for (const std::uint64_t matches : counts.dataflow_matches_by_seed) {
    other.dataflow_matches = matches;
    scores.push_back(compat_score(other, weights).codebleu);
  }
  return scores;
}

}  // namespace quartet::eval
