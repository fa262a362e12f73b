#include "quartet/eval/score_rows.h"

#include <algorithm>
#include <tuple>

#include "quartet/base/text.h"
#include "quartet/code/language_detector.h"

namespace quartet::eval {
namespace {

/// The reference with the highest score counts; equal scores are told apart by their components, so that the order of
/// references plays no part.
bool is_better(const StrictScore& score, const StrictScore& than) {
  const auto rank = [](const StrictScore& of) { return std::tie(of.score, of.ngram, of.weighted, of.syntax, of.dataflow); };
  return rank(score) > rank(than);
}

void score_strict(ScoredRow& scored, const std::vector<std::string>& references, const code::SyntaxTree& prediction,
                  TreeCache& trees, const Weights& weights) {
  for (std::size_t i = 0; i < references.size(); ++i) {
    const StrictCounts counts = count_strict(prediction, trees.get(references[i]));
    const StrictScore score = strict_score(counts, weights);
    if (i > 0 && !is_better(score, scored.strict_score)) continue;
    scored.strict = counts;
    scored.strict_score = score;
    scored.best_reference = i;
  }
}

}  // namespace

ScoredRow score_row(EvalRow row, const ScoreOptions& options) {
  ScoredRow scored;
  if (!base::is_valid_utf8(row.prediction)) row.prediction = base::to_valid_utf8(row.prediction);
  for (std::string& reference : row.references) {
    if (!base::is_valid_utf8(reference)) reference = base::to_valid_utf8(reference);
  }
  TreeCache trees(row.grammar);
  const code::SyntaxTree& prediction = trees.get(strict_text(row.prediction, row.grammar));
  std::vector<std::string> references;
  for (const std::string& reference : row.references) references.push_back(strict_text(reference, row.grammar));
  scored.exact_match = std::find(references.begin(), references.end(), prediction.text()) != references.end();
  if (options.strict) score_strict(scored, references, prediction, trees, options.weights);
  if (options.compat) {
    scored.compat = count_compat(row.grammar, row.references, row.prediction, options.python, trees);
    scored.compat_score = compat_score(scored.compat, options.weights);
  }
  scored.prediction_parses = !prediction.has_error() && !prediction.text().empty();
  const code::SyntaxTree& reference = trees.get(references[scored.best_reference]);
  scored.reference_parses = !reference.has_error() && !reference.text().empty();
  scored.detected_language = code::detect_language(row.prediction);
  scored.row = std::move(row);
  return scored;
}

}  // namespace quartet::eval
