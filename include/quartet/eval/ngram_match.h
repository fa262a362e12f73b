#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "quartet/eval/number_map.h"

namespace quartet::eval {

inline constexpr int kMaxOrder = 4;

/// Numbers the distinct n-grams of some token lists in the order of their first occurrence: equal n-grams, equal ids.
/// The tokens' texts must outlive the table.
class NgramTable {
 public:
  /// Ids of a text's n-grams; `[n - 1]` holds those of order n, in order of position.
  using Ids = std::array<std::vector<std::uint32_t>, kMaxOrder>;
  Ids add(std::span<const std::string_view> tokens);
  /// Number of distinct n-grams of order n so far.
  std::uint32_t size(int n) const { return numbers_[n - 1].size(); }

 private:
  std::vector<std::string_view> words_;       // by id
  std::array<NumberMap, kMaxOrder> numbers_;  // by order - 1; of longer n-grams: (id of all but the last, last word)
};

/// Counts that BLEU adds up over the rows of a corpus before it divides.
struct NgramCounts {
  std::array<double, kMaxOrder> matches{};
  std::array<double, kMaxOrder> totals{};
  std::uint64_t prediction_length = 0;
  std::uint64_t reference_length = 0;

  NgramCounts& operator+=(const NgramCounts& other);
};

/// BLEU-4 counts of one row: clipped precision against all references, the length of the closest one.
/// Source: NLTK's corpus_bleu, as codebleu 0.6.0 carries it.
NgramCounts count_ngrams(const NgramTable::Ids& prediction, std::span<const NgramTable::Ids> references);

/// codebleu's "weighted" counts: recall, summed over the references; a reference's unigram counts 1 if it is a keyword,
/// else 0.2; every reference has length 2. `is_keyword[id]` by unigram id.
NgramCounts count_weighted_ngrams(const NgramTable::Ids& prediction, std::span<const NgramTable::Ids> references,
                                  const std::vector<bool>& is_keyword);

/// Brevity penalty times geometric mean, orders without a match smoothed to 0.1; 0 where no unigram matches.
double bleu_score(const NgramCounts& counts);
double brevity_penalty(std::uint64_t prediction_length, std::uint64_t reference_length);

}  // namespace quartet::eval
