#include <map>

#include "quartet/eval/score_page.h"
#include "quartet/eval/score_report.h"

namespace quartet::eval {

ScorePageData page_data(const ScoreBoard& board, const ScoreOptions& options) {
  ScorePageData data;
  data.num_rows = board.rows().size();
  std::map<code::Grammar, LanguageScores> languages;
  for (const RowScores& row : board.rows()) {
    LanguageScores& scores = languages[row.grammar];
    if (options.compat) scores.compat.push_back(row.compat.codebleu);
    if (options.strict) scores.strict.push_back(row.strict.score);
  }
  for (auto& [grammar, scores] : languages) {
    scores.language = code::language_id(grammar);
    data.languages.push_back(std::move(scores));
  }
  for (const ScoredRow& row : board.worst()) {
    data.samples.push_back({row.row.id,
                            row.row.sample,
                            std::string(code::language_id(row.row.grammar)),
                            row.row.prompt,
                            row.row.references[row.best_reference],
                            row.row.prediction,
                            sample_json(row, options),
                            {}});
  }
  return data;
}

}  // namespace quartet::eval
