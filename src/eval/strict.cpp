#include "quartet/eval/strict.h"

#include <algorithm>
#include <cmath>

#include "quartet/base/text.h"
#include "quartet/code/python_text.h"
#include "quartet/code/s_expression.h"
#include "quartet/code/source_view.h"
#include "quartet/eval/dataflow/dataflow_match.h"
#include "quartet/eval/keywords.h"

namespace quartet::eval {
namespace {

constexpr double kPlainTokenWeight = 0.2;
constexpr double kSmoothing = 0.1;

void count_tokens(code::Grammar grammar, const code::SourceView& prediction, const code::SourceView& reference,
                  StrictCounts& counts) {
  NgramTable table;
  const NgramTable::Ids prediction_ids = table.add(prediction.tokens);
  const NgramTable::Ids reference_ids = table.add(reference.tokens);
  counts.ngram = count_ngrams(prediction_ids, std::span(&reference_ids, 1));
  const std::size_t longer = std::max(prediction.tokens.size(), reference.tokens.size());
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    counts.active[n] = longer > n;
    if (!counts.active[n]) counts.ngram.totals[n] = 0;
  }
  counts.has_tokens = !prediction.tokens.empty();

  counts.weighted = counts.ngram;
  std::vector<std::uint32_t> available(table.size(1), 0);
  for (const std::uint32_t id : reference_ids[0]) ++available[id];
  double matched = 0;
  double total = 0;
  for (std::size_t i = 0; i < prediction.tokens.size(); ++i) {
    const double weight = strict_keywords(grammar).contains(prediction.tokens[i]) ? 1 : kPlainTokenWeight;
    total += weight;
    std::uint32_t& left = available[prediction_ids[0][i]];
    if (left > 0) {
      --left;
      matched += weight;
    }
  }
  counts.weighted.matches[0] = matched;
  counts.weighted.totals[0] = total;
}

/// Hashes of the inner nodes without errors, sorted.
std::vector<code::Hash128> clean_subtrees(const code::SyntaxTree& tree, const code::SourceView& view) {
  std::vector<code::Hash128> hashes;
  for (const code::NodeHash& subtree : code::pruned_hashes(tree, view.dropped)) {
    if (!tree.nodes()[subtree.node].has_error) hashes.push_back(subtree.hash);
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

bool gave_up(const DataFlow& flow) {
  return flow.failure != FlowFailure::kNone && flow.failure != FlowFailure::kMissingPart;
}

bool has_php_tag(std::string_view text) {
  return text.starts_with("<?") || text.find("<?php") != text.npos || text.find("<?=") != text.npos;
}

/// BLEU over the active orders with the usual brevity penalty.
double active_bleu(const NgramCounts& counts, const std::array<bool, kMaxOrder>& active) {
  if (counts.matches[0] <= 0) return 0;
  const auto num_active = static_cast<double>(std::count(active.begin(), active.end(), true));
  double log_mean = 0;
  for (int n = 0; n < kMaxOrder; ++n) {
    if (!active[n]) continue;
    const double matches = counts.matches[n] == 0 ? kSmoothing : counts.matches[n];
    log_mean += std::log(matches / counts.totals[n]) / num_active;
  }
  const bool is_short = counts.prediction_length < counts.reference_length;
  return std::exp(log_mean) * (is_short ? brevity_penalty(counts.prediction_length, counts.reference_length) : 1);
}

}  // namespace

StrictCounts& StrictCounts::operator+=(const StrictCounts& other) {
  ngram += other.ngram;
  weighted += other.weighted;
  for (int n = 0; n < kMaxOrder; ++n) active[n] = active[n] || other.active[n];
  syntax_matches += other.syntax_matches;
  syntax_total += other.syntax_total;
  dataflow_matches += other.dataflow_matches;
  dataflow_total += other.dataflow_total;
  has_tokens = has_tokens || other.has_tokens;
  return *this;
}

std::string strict_text(std::string_view text, code::Grammar grammar) {
  std::string valid = base::is_valid_utf8(text) ? std::string(text) : base::to_valid_utf8(text);
  if (valid.starts_with("\xef\xbb\xbf")) valid.erase(0, 3);
  if (valid.find('\r') != std::string::npos) valid = base::replace_all(std::move(valid), "\r\n", "\n");
  std::string stripped(code::python_strip(valid));
  if (grammar == code::Grammar::kPhp && !stripped.empty() && !has_php_tag(stripped)) stripped.insert(0, "<?php ");
  return stripped;
}

StrictCounts count_strict(const code::SyntaxTree& prediction, const code::SyntaxTree& reference) {
  StrictCounts counts;
  const code::SourceView prediction_view = code::view_source(prediction);
  const code::SourceView reference_view = code::view_source(reference);
  count_tokens(prediction.grammar(), prediction_view, reference_view, counts);

  const std::vector<code::Hash128> wanted = clean_subtrees(reference, reference_view);
  counts.syntax_matches = count_common(wanted, clean_subtrees(prediction, prediction_view));
  counts.syntax_total = wanted.size();

  const DataFlow prediction_flow = strict_dataflow(prediction);
  const DataFlow reference_flow = strict_dataflow(reference);
  counts.parse_given_up = prediction.gave_up() || reference.gave_up();
  counts.dataflow_unknown = gave_up(prediction_flow) || gave_up(reference_flow);
  if (!counts.dataflow_unknown) {
    counts.dataflow_matches = count_common(reference_flow.edges, prediction_flow.edges);
    counts.dataflow_total = reference_flow.edges.size();
  }
  return counts;
}

StrictScore strict_score(const StrictCounts& counts, const Weights& weights) {
  const auto ratio = [](std::uint64_t part, std::uint64_t whole) -> std::optional<double> {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  StrictScore score;
  score.syntax = ratio(counts.syntax_matches, counts.syntax_total);
  score.dataflow = ratio(counts.dataflow_matches, counts.dataflow_total);
  if (!counts.has_tokens) return score;
  score.ngram = active_bleu(counts.ngram, counts.active);
  score.weighted = active_bleu(counts.weighted, counts.active);
  const std::array<std::optional<double>, 4> parts{score.ngram, score.weighted, score.syntax, score.dataflow};
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i]) continue;
    sum += weights[i] * *parts[i];
    total += weights[i];
  }
  score.score = total > 0 ? sum / total : 0;
  return score;
}

}  // namespace quartet::eval
