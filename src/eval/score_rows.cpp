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

/// Valid UTF-8; source text where the row holds XLCoST's tokens.
std::string prepare(std::string text, code::Grammar grammar, const ScoreOptions& options,
                    std::vector<code::XlcostDamage>& damage) {
  if (!base::is_valid_utf8(text)) text = base::to_valid_utf8(text);
  if (!options.detok_xlcost) return text;
  code::DetokenizedText detokenized = code::detokenize_xlcost(grammar, text);
  damage.insert(damage.end(), detokenized.damage.begin(), detokenized.damage.end());
  return std::move(detokenized.text);
}

BudgetLimit find_limit(const ScoredRow& scored, bool gave_up_parsing) {
  if (gave_up_parsing) return BudgetLimit::kParse;
  if (scored.compat.over_budget || scored.strict.dataflow_unknown) return BudgetLimit::kDataflow;
  return scored.compat.too_deep ? BudgetLimit::kDepth : BudgetLimit::kNone;
}

}  // namespace

ScoredRow score_row(EvalRow row, const ScoreOptions& options) {
  ScoredRow scored;
  std::vector<code::XlcostDamage> ignored;
  row.prediction = prepare(std::move(row.prediction), row.grammar, options, ignored);
  for (std::string& reference : row.references) {
    reference = prepare(std::move(reference), row.grammar, options, scored.reference_damage);
  }
  std::vector<code::XlcostDamage>& damage = scored.reference_damage;
  std::sort(damage.begin(), damage.end());
  damage.erase(std::unique(damage.begin(), damage.end()), damage.end());
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
  scored.detected_language = code::detect_language(row.prediction, row.grammar, &prediction);
  scored.over_budget = find_limit(scored, trees.gave_up());
  scored.row = std::move(row);
  return scored;
}

}  // namespace quartet::eval
