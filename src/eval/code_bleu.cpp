#include "quartet/eval/code_bleu.h"

#include <algorithm>
#include <optional>

#include "quartet/code/comments.h"
#include "quartet/code/python_text.h"
#include "quartet/code/s_expression.h"
#include "quartet/eval/dataflow/dataflow_match.h"
#include "quartet/eval/keywords.h"
#include "quartet/eval/number_map.h"

namespace quartet::eval {
namespace {

constexpr double kPlainTokenWeight = 0.2;

/// What the syntax and data-flow parts need to know about a text without comments.
struct Analysis {
  std::vector<code::NodeHash> subtrees;
  CompatFlow flow;
  std::vector<CompatFlow> flows_by_seed;  // empty where they are all the same

  Analysis(const code::SyntaxTree& tree, const CompatOptions& options)
      : subtrees(code::s_expression_hashes(tree)), flow(compat_dataflow(tree, options.hashing)) {
    if (!flow.may_depend_on_hashes) return;
    for (const std::uint32_t seed : options.other_seeds) {
      flows_by_seed.push_back(compat_dataflow(tree, {seed, options.hashing.hash}));
    }
  }

  const CompatFlow& flow_at(std::size_t seed) const { return flows_by_seed.empty() ? flow : flows_by_seed[seed]; }
};

void count_tokens(code::Grammar grammar, std::span<const std::string_view> references, std::string_view prediction,
                  CompatCounts& counts) {
  NgramTable table;
  const auto& keywords = compat_keywords(grammar);
  std::vector<bool> is_keyword;
  const auto add = [&](std::string_view text) {
    const std::vector<std::string_view> tokens = code::python_split(text);
    const NgramTable::Ids ids = table.add(tokens);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (ids[0][i] == is_keyword.size()) is_keyword.push_back(keywords.contains(tokens[i]));  // its first occurrence
    }
    return ids;
  };
  const NgramTable::Ids prediction_ids = add(prediction);
  std::vector<NgramTable::Ids> reference_ids;
  for (const std::string_view reference : references) reference_ids.push_back(add(reference));
  counts.ngram = count_ngrams(prediction_ids, reference_ids);
  counts.weighted = count_weighted_ngrams(prediction_ids, reference_ids, is_keyword);
  const auto num_keywords = std::count_if(prediction_ids[0].begin(), prediction_ids[0].end(),
                                          [&](std::uint32_t id) { return is_keyword[id]; });
  const auto num_others = static_cast<double>(prediction_ids[0].size()) - static_cast<double>(num_keywords);
  counts.prediction_weight = static_cast<double>(num_keywords) + kPlainTokenWeight * num_others;
}

void count_structure(const Analysis& prediction, const Analysis& reference, CompatCounts& counts) {
  NumberMap known;
  std::vector<std::uint64_t> other_half;  // of the hashes in `known`, by number
  known.reserve_more(prediction.subtrees.size());
  for (const code::NodeHash& subtree : prediction.subtrees) {
    const auto number =
        known.add(subtree.hash.low, [&](std::uint32_t i) { return other_half[i] == subtree.hash.high; });
    if (number == other_half.size()) other_half.push_back(subtree.hash.high);
  }
  for (const code::NodeHash& subtree : reference.subtrees) {
    counts.syntax_matches +=
        known.contains(subtree.hash.low, [&](std::uint32_t i) { return other_half[i] == subtree.hash.high; });
  }
  counts.syntax_total += reference.subtrees.size();
  counts.dataflow_matches += count_common(reference.flow.edges, prediction.flow.edges);
  counts.dataflow_total += reference.flow.edges.size();
  counts.unordered_matches += count_common(reference.flow.unordered_edges, prediction.flow.unordered_edges);
  for (std::size_t seed = 0; seed < counts.dataflow_matches_by_seed.size(); ++seed) {
    counts.dataflow_matches_by_seed[seed] +=
        count_common(reference.flow_at(seed).edges, prediction.flow_at(seed).edges);
  }
  for (const Analysis* side : {&prediction, &reference}) {
    const FlowFailure failure = side->flow.failure;
    if (failure == FlowFailure::kBudget || failure == FlowFailure::kNoTree) counts.over_budget = true;
    if (failure == FlowFailure::kTooDeep) counts.too_deep = true;
  }
}

}  // namespace

CompatCounts& CompatCounts::operator+=(const CompatCounts& other) {
  ngram += other.ngram;
  weighted += other.weighted;
  syntax_matches += other.syntax_matches;
  syntax_total += other.syntax_total;
  dataflow_matches += other.dataflow_matches;
  dataflow_total += other.dataflow_total;
  too_deep = too_deep || other.too_deep;
  over_budget = over_budget || other.over_budget;
  prediction_weight += other.prediction_weight;
  unordered_matches += other.unordered_matches;
  dataflow_matches_by_seed.resize(std::max(dataflow_matches_by_seed.size(), other.dataflow_matches_by_seed.size()));
  for (std::size_t seed = 0; seed < other.dataflow_matches_by_seed.size(); ++seed) {
    dataflow_matches_by_seed[seed] += other.dataflow_matches_by_seed[seed];
  }
  return *this;
}

CompatCounts count_compat(code::Grammar grammar, std::span<const std::string> references, std::string_view prediction,
                          const CompatOptions& options, TreeCache& trees) {
  const std::string_view language = code::language_id(grammar);
  CompatCounts counts;
  counts.dataflow_matches_by_seed.resize(options.other_seeds.size());
  prediction = code::python_strip(prediction);
  std::vector<std::string_view> stripped;
  for (const std::string& reference : references) stripped.push_back(code::python_strip(reference));
  count_tokens(grammar, stripped, prediction, counts);

  const auto analyse = [&](const std::string& text) { return Analysis(trees.get(text), options); };
  std::string cleaned(prediction);
  std::optional<Analysis> analysis;
  for (const std::string_view reference : stripped) {
    // Upstream removes comments from the prediction again for every further reference, which may remove more.
    std::string again = code::remove_comments_compat(cleaned, language);
    if (!analysis || again != cleaned) analysis = analyse(again);
    cleaned = std::move(again);
    const std::string cleaned_reference = code::remove_comments_compat(reference, language);
    if (cleaned_reference == cleaned) {
      count_structure(*analysis, *analysis, counts);
    } else {
      count_structure(*analysis, analyse(cleaned_reference), counts);
    }
  }
  return counts;
}

CompatScore compat_score(const CompatCounts& counts, const Weights& weights) {
  const auto ratio = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  CompatScore score;
  score.ngram = bleu_score(counts.ngram);
  score.weighted = bleu_score(counts.weighted);
  score.syntax = ratio(counts.syntax_matches, counts.syntax_total);
  score.dataflow = ratio(counts.dataflow_matches, counts.dataflow_total);
  score.codebleu = weights[0] * score.ngram + weights[1] * score.weighted + weights[2] * score.syntax +
                   weights[3] * (score.dataflow == 0 ? 1 : score.dataflow);
  return score;
}

}  // namespace quartet::eval
