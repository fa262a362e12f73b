#include "quartet/eval/ngram_match.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "quartet/eval/exact_sum.h"

namespace quartet::eval {
namespace {

constexpr double kOrderWeight = 0.25;
constexpr double kSmoothing = 0.1;
constexpr double kPlainTokenWeight = 0.2;

/// How often each id occurs, dense by id.
std::vector<std::uint32_t> occurrences(const std::vector<std::uint32_t>& ids, std::uint32_t num_ids) {
  std::vector<std::uint32_t> counts(num_ids, 0);
  for (const std::uint32_t id : ids) {
    if (id < num_ids) ++counts[id];
  }
  return counts;
}

std::uint32_t end_id(const std::vector<std::uint32_t>& ids) {
  return ids.empty() ? 0 : *std::max_element(ids.begin(), ids.end()) + 1;
}

/// Adds sum of min(count in reference, count in prediction) and the number of the reference's n-grams.
void add_recall(const std::vector<std::uint32_t>& prediction, const std::vector<std::uint32_t>& reference,
                double& matches, double& total) {
  const std::uint32_t num_ids = end_id(reference);
  std::vector<std::uint32_t> available = occurrences(prediction, num_ids);
  std::uint64_t num_matches = 0;
  for (const std::uint32_t id : reference) {
    if (available[id] > 0) {
      --available[id];
      ++num_matches;
    }
  }
  matches += static_cast<double>(num_matches);
  total += static_cast<double>(std::max<std::size_t>(1, reference.size()));
}

/// Unigrams, weighted; summed in the order of first occurrence, which decides how the sums of 0.2 are rounded.
void add_weighted_recall(const std::vector<std::uint32_t>& prediction, const std::vector<std::uint32_t>& reference,
                         const std::vector<bool>& is_keyword, double& matches, double& total) {
  const std::uint32_t num_ids = end_id(reference);
  const std::vector<std::uint32_t> available = occurrences(prediction, num_ids);
  std::vector<std::uint32_t> wanted = occurrences(reference, num_ids);
  double matched = 0;
  double sum = 0;
  for (const std::uint32_t id : reference) {
    if (wanted[id] == 0) continue;  // already counted at its first occurrence
    const double weight = is_keyword[id] ? 1.0 : kPlainTokenWeight;
    matched += std::min(wanted[id], available[id]) * weight;
    sum += wanted[id] * weight;
    wanted[id] = 0;
  }
  matches += matched;
  total += std::max(1.0, sum);
}

}  // namespace

std::uint64_t word_hash(std::string_view text) {
  constexpr std::uint64_t kMultiplier = 0xd6e8feb86659fd93u;
  std::uint64_t hash = text.size() * kMultiplier;
  const auto take = [&](std::uint64_t bytes) {
    hash = (hash ^ bytes) * kMultiplier;
    hash ^= hash >> 32;
  };
  std::uint64_t bytes = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::memcpy(&bytes, text.data(), 8);
    take(bytes);
  }
  bytes = 0;
  for (const char c : text) bytes = bytes << 8 | static_cast<unsigned char>(c);
  take(bytes);
  return hash;
}

NgramTable::Ids NgramTable::add(std::span<const std::string_view> tokens) {
  Ids ids;
  for (std::size_t n = 0; n < kMaxOrder && n < tokens.size(); ++n) {
    ids[n].resize(tokens.size() - n);
    numbers_[n].reserve_more(ids[n].size());
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view token = tokens[i];
    ids[0][i] = numbers_[0].add(word_hash(token), [&](std::uint32_t id) { return words_[id] == token; });
    if (ids[0][i] == words_.size()) words_.push_back(token);
  }
  for (std::size_t n = 1; n < kMaxOrder; ++n) {
    for (std::size_t i = 0; i < ids[n].size(); ++i) {
      const std::uint64_t pair = std::uint64_t{ids[n - 1][i]} << 32 | ids[0][i + n];
      ids[n][i] = numbers_[n].add(pair, [](std::uint32_t) { return true; });  // the hash is the key
    }
  }
  return ids;
}

NgramCounts& NgramCounts::operator+=(const NgramCounts& other) {
  for (int n = 0; n < kMaxOrder; ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
  }
  prediction_length += other.prediction_length;
  reference_length += other.reference_length;
  return *this;
}

NgramCounts count_ngrams(const NgramTable::Ids& prediction, std::span<const NgramTable::Ids> references) {
  NgramCounts counts;
  for (int n = 0; n < kMaxOrder; ++n) {
    const std::uint32_t num_ids = end_id(prediction[n]);
    std::vector<std::uint32_t> most(num_ids, 0);
    for (const NgramTable::Ids& reference : references) {
      const std::vector<std::uint32_t> in_reference = occurrences(reference[n], num_ids);
      for (std::uint32_t id = 0; id < num_ids; ++id) most[id] = std::max(most[id], in_reference[id]);
    }
    std::uint64_t matches = 0;
    for (const std::uint32_t id : prediction[n]) {
      if (most[id] > 0) {
        --most[id];
        ++matches;
      }
    }
    counts.matches[n] = static_cast<double>(matches);
    counts.totals[n] = static_cast<double>(std::max<std::size_t>(1, prediction[n].size()));
  }
  const std::uint64_t length = prediction[0].size();
  counts.prediction_length = length;
  const auto closeness = [&](const NgramTable::Ids& ids) {
    const std::uint64_t size = ids[0].size();
    return std::pair(size > length ? size - length : length - size, size);
  };
  std::pair<std::uint64_t, std::uint64_t> closest = closeness(references[0]);
  for (const NgramTable::Ids& reference : references) closest = std::min(closest, closeness(reference));
  counts.reference_length = closest.second;
  return counts;
}

NgramCounts count_weighted_ngrams(const NgramTable::Ids& prediction, std::span<const NgramTable::Ids> references,
                                  const std::vector<bool>& is_keyword) {
  NgramCounts counts;
  for (const NgramTable::Ids& reference : references) {
    add_weighted_recall(prediction[0], reference[0], is_keyword, counts.matches[0], counts.totals[0]);
    for (int n = 1; n < kMaxOrder; ++n) add_recall(prediction[n], reference[n], counts.matches[n], counts.totals[n]);
  }
  counts.prediction_length = prediction[0].size();
  counts.reference_length = 2;  // upstream takes the length of the pair (tokens, weights)
  return counts;
}

double brevity_penalty(std::uint64_t prediction_length, std::uint64_t reference_length) {
  if (prediction_length > reference_length) return 1;
  if (prediction_length == 0) return 0;
  return std::exp(1 - static_cast<double>(reference_length) / static_cast<double>(prediction_length));
}

double bleu_score(const NgramCounts& counts) {
  if (counts.matches[0] == 0) return 0;
  std::array<double, kMaxOrder> terms;
  for (int n = 0; n < kMaxOrder; ++n) {
    const double matches = counts.matches[n] == 0 ? kSmoothing : counts.matches[n];
    terms[n] = kOrderWeight * std::log(matches / counts.totals[n]);
  }
  return brevity_penalty(counts.prediction_length, counts.reference_length) * std::exp(exact_sum(terms));
}

}  // namespace quartet::eval
