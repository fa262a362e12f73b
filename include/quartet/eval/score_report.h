#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "quartet/eval/guard.h"
#include "quartet/eval/score_board.h"

namespace quartet::eval {

/// One line of scores_per_sample.jsonl: the compat and strict numbers that `options` ask for, and what is known about
/// the row.
nlohmann::json sample_json(const ScoredRow& row, const ScoreOptions& options);

/// The columns of scores_per_sample.csv: upstream's names and order for the compat numbers.
std::vector<std::string> sample_columns(const ScoreOptions& options);
/// A line of CSV: the cells of `sample` (from `sample_json`) in the order of `columns`.
std::string csv_line(const std::vector<std::string>& columns, const nlohmann::json& sample);
/// The line with the columns' names.
std::string csv_header(const std::vector<std::string>& columns);

/// scores.json: {"header", "guard", "compat": {"overall": S, "languages": {id: S}}, "strict": {…}} with
/// S = {"n", "mean", "ci95", "median", "pooled", "shares"}. `header` comes from the caller.
nlohmann::json summarize(const ScoreBoard& board, const ScoreOptions& options, const GuardReport& guard,
                         bool guard_enforced, const LanguageConfusion& confusion, nlohmann::json header,
                         std::uint64_t seed);

/// Versions, grammars and settings that the scores depend on.
nlohmann::json score_header(const ScoreOptions& options, std::uint64_t seed);

/// The summary as Markdown (`scores` from `summarize`) …
std::string summary_markdown(const nlohmann::json& scores);
/// … and as columns for a terminal; score_page.h has the page.
std::string summary_text(const nlohmann::json& scores);

}  // namespace quartet::eval
