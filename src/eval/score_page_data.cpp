#include <cmath>
#include <map>

#include "quartet/eval/score_page.h"
#include "quartet/eval/score_report.h"

namespace quartet::eval {

namespace {

using nlohmann::json;

/// The baseline's scores of a row; null where it lacks the row.
json before_json(const Baseline* baseline, const ScoredRow& row) {
  if (baseline == nullptr) return nullptr;
  const Baseline::Scores before = baseline->find(row.row);
  json result;
  if (!std::isnan(before.compat)) result["codebleu"] = before.compat;
  if (!std::isnan(before.strict)) result["strict_score"] = before.strict;
  return result;
}

}  // namespace

ScorePageData page_data(const ScoreBoard& board, const ScoreOptions& options) {
  ScorePageData data;
  data.num_rows = board.rows().size();
  std::map<code::Grammar, LanguageScores> languages;
  for (const RowScores& row : board.rows()) {
    LanguageScores& scores = languages[row.grammar];
    if (options.compat) scores.compat.push_back(row.compat.codebleu);
    if (options.strict) scores.strict.push_back(row.strict.score);
    if (board.baseline() == nullptr) continue;
    if (options.compat) scores.compat_before.push_back(row.before.compat);
    if (options.strict) scores.strict_before.push_back(row.before.strict);
  }
  if (board.baseline() != nullptr) data.baseline_name = board.baseline()->name();
  for (auto& [grammar, scores] : languages) {
    scores.language = code::language_id(grammar);
    data.languages.push_back(std::move(scores));
  }
  for (const ScoredRow& row : board.worst()) {
    data.samples.push_back({row.row.id, row.row.sample, std::string(code::language_id(row.row.grammar)), row.row.prompt,
                            row.row.references[row.best_reference], row.row.prediction, sample_json(row, options),
                            before_json(board.baseline(), row)});
  }
  return data;
}

}  // namespace quartet::eval
