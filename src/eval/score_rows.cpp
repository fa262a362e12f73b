#include "quartet/eval/score_rows.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/code/language_detector.h"

namespace quartet::eval {
namespace {

void score_strict(ScoredRow& scored, const std::vector<std::string>& references, const code::SyntaxTree& prediction,
                  TreeCache& trees, const Weights& weights) {
  for (std::size_t i = 0; i < references.size(); ++i) {
    const StrictCounts counts = count_strict(prediction, trees.get(references[i]));
    const StrictScore score = strict_score(counts, weights);
    if (i > 0 && score.score <= scored.strict_score.score) continue;
    scored.strict = counts;
    scored.strict_score = score;
    scored.best_reference = i;
  }
}

ScoredRow score_row(EvalRow row, const ScoreOptions& options) {
  ScoredRow scored;
  if (!base::is_valid_utf8(row.prediction)) row.prediction = base::to_valid_utf8(row.prediction);
  for (std::string& reference : row.references) {
    if (!base::is_valid_utf8(reference)) reference = base::to_valid_utf8(reference);
  }
  TreeCache trees(row.grammar);
  const code::SyntaxTree& prediction = trees.get(strict_text(row.prediction));
  std::vector<std::string> references;
  for (const std::string& reference : row.references) references.push_back(strict_text(reference));
  scored.exact_match = std::find(references.begin(), references.end(), prediction.text()) != references.end();
  if (options.strict) score_strict(scored, references, prediction, trees, options.weights);
  if (options.compat) {
    scored.compat = count_compat(row.grammar, row.references, row.prediction, {options.hash_seed}, trees);
    scored.compat_score = compat_score(scored.compat, options.weights);
  }
  scored.prediction_parses = !prediction.has_error() && !prediction.text().empty();
  const code::SyntaxTree& reference = trees.get(references[scored.best_reference]);
  scored.reference_parses = !reference.has_error() && !reference.text().empty();
  scored.detected_language = code::detect_language(row.prediction);
  scored.row = std::move(row);
  return scored;
}

}  // namespace

std::vector<ScoredRow> score_rows(std::vector<EvalRow> rows, const ScoreOptions& options) {
  std::vector<ScoredRow> scored(rows.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> num_done{0};
  std::exception_ptr failure;
  std::mutex mutex;
  base::Progress progress("scoring", rows.size(), "pairs");
  const auto work = [&](bool reports) {
    try {
      for (std::size_t i; (i = next++) < rows.size();) {
        base::throw_if_stopped("scoring stopped: run the command again");
        scored[i] = score_row(std::move(rows[i]), options);
        ++num_done;
        if (reports) progress.update(num_done);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = rows.size();
    }
  };
  std::vector<std::jthread> helpers;
  const auto num_helpers =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(1, options.num_threads)) - 1, rows.size());
  for (std::size_t i = 0; i < num_helpers; ++i) helpers.emplace_back(work, false);
  work(true);
  helpers.clear();
  if (failure) std::rethrow_exception(failure);
  progress.finish();
  return scored;
}

}  // namespace quartet::eval
