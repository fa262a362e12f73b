#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "quartet/eval/score_board.h"

namespace quartet::eval {

/// A row that the page shows in full.
struct ShownSample {
  std::string id;  ///< as compact JSON
  long sample = 0;
  std::string language;  ///< its id
  std::string prompt;    ///< empty where the row has none
  std::string reference;
  std::string prediction;
  nlohmann::json scores;  ///< the row of scores_per_sample.jsonl
  nlohmann::json before;  ///< the same row of the baseline; null where there is none
};

/// All scores of one language; what is undefined is NaN, and a mode that was not asked for has no values.
struct LanguageScores {
  std::string language;  ///< its id
  std::vector<double> compat, strict;
  std::vector<double> compat_before, strict_before;  ///< the baseline's; empty where there is none
};

/// What the page shows beside the summary.
struct ScorePageData {
  std::vector<LanguageScores> languages;
  std::vector<ShownSample> samples;  ///< in the order in which they are shown
  std::size_t num_rows = 0;          ///< of which `samples` are some
  std::string baseline_name;         ///< empty where there is none
  std::string command;               ///< that scored them; empty if unknown
};

/// The board's columns and its worst rows, beside the baseline's where it has one.
ScorePageData page_data(const ScoreBoard& board, const ScoreOptions& options);

/// `scores` (the content of scores.json) and the samples as one self-contained page. Long texts are cut, with a note.
std::string score_page(const nlohmann::json& scores, const ScorePageData& data);

}  // namespace quartet::eval
