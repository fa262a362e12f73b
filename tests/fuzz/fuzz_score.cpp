// The way from a row to its scores. An input is one byte, a prediction, and its references, with separators between
// them. The byte's lower half chooses the grammar; its upper half Python's hashing, and whether the texts are XLCoST's
// tokens.
#include <algorithm>

#include "fuzz_input.h"
#include "quartet/base/text.h"
#include "quartet/eval/score_rows.h"

namespace {

using namespace quartet;

constexpr std::size_t kMaxReferences = 3;

void require_shares(const eval::ScoredRow& scored) {
  const eval::CompatScore& compat = scored.compat_score;
  const eval::StrictScore& strict = scored.strict_score;
  for (const double value :
       {compat.codebleu, compat.ngram, compat.weighted, compat.syntax, compat.dataflow, strict.score, strict.ngram,
        strict.weighted, strict.syntax.value_or(0), strict.dataflow.value_or(0)})
    fuzz::require(value >= 0 && value <= 1, "scores are shares");
}

bool is_same(const eval::StrictScore& a, const eval::StrictScore& b) {
  return a.score == b.score && a.ngram == b.ngram && a.weighted == b.weighted && a.syntax == b.syntax &&
         a.dataflow == b.dataflow;
}

bool is_same(const eval::ScoredRow& a, const eval::ScoredRow& b) {
  const eval::CompatScore& x = a.compat_score;
  const eval::CompatScore& y = b.compat_score;
  return x.codebleu == y.codebleu && x.ngram == y.ngram && x.weighted == y.weighted && x.syntax == y.syntax &&
         x.dataflow == y.dataflow && is_same(a.strict_score, b.strict_score) && a.exact_match == b.exact_match &&
         a.detected_language == b.detected_language && a.over_budget == b.over_budget &&
         a.compat.dataflow_matches_by_seed == b.compat.dataflow_matches_by_seed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  eval::EvalRow row;
  row.grammar = static_cast<code::Grammar>((data[0] & 15) % code::kNumGrammars);
  for (const std::string_view part : fuzz::split_input(fuzz::as_text(data + 1, size - 1)))
    if (row.references.size() <= kMaxReferences) row.references.emplace_back(part);
  row.prediction = row.references.front();
  if (row.references.size() > 1) row.references.erase(row.references.begin());
  const unsigned upper = (data[0] >> 4) ^ 3;  // 0 for the digits that seeds begin with
  eval::ScoreOptions options;
  options.python.hashing.seed = upper & 3;
  if ((upper & 4) != 0) options.python.hashing.hash = eval::PythonHash::kSip24;
  options.python.other_seeds = {0, 1};
  options.detok_xlcost = (upper & 8) != 0;

  const eval::ScoredRow scored = eval::score_row(row, options);
  require_shares(scored);
  switch (size % 3) {  // one check an input: each costs as much as the scores themselves
    case 0:
      fuzz::require(is_same(scored, eval::score_row(row, options)), "the same scores twice");
      break;
    case 1: {
      std::reverse(row.references.begin(), row.references.end());
      const eval::ScoredRow reordered = eval::score_row(row, options);
      require_shares(reordered);
      fuzz::require(is_same(scored.strict_score, reordered.strict_score), "references in any order, one strict score");
      break;
    }
    default: {
      row.references = {row.prediction};
      const eval::ScoredRow itself = eval::score_row(row, options);
      require_shares(itself);
      fuzz::require(itself.exact_match, "a text matches itself");
      fuzz::require(itself.strict_score.score == 1 || !itself.strict.has_tokens, "a text scores 1 against itself");
    }
  }
  return 0;
}
