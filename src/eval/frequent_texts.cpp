#include "frequent_texts.h"

#include <algorithm>

namespace quartet::eval {

void FrequentTexts::add(std::string_view text) {
  const auto found = counts_.find(text);
  if (found != counts_.end()) {
    ++found->second;
    return;
  }
  if (counts_.size() == kMaxTexts) drop_rarest();
  counts_.emplace(text, 1);
}

std::uint64_t FrequentTexts::count(std::string_view text) const {
  const auto found = counts_.find(text);
  return found == counts_.end() ? 0 : found->second;
}

std::vector<std::pair<std::string, std::uint64_t>> FrequentTexts::more_frequent_than(double least) const {
  std::vector<std::pair<std::string, std::uint64_t>> result;
  for (const auto& [text, count] : counts_) {
    if (static_cast<double>(count) > least) result.emplace_back(text, count);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return result;
}

/// Takes the median count from every text and drops those that have nothing left, at least half of them. Each such
/// step takes as much from kMaxTexts / 2 texts or more, which bounds what all steps together can take from one.
void FrequentTexts::drop_rarest() {
  std::vector<std::uint64_t> counts;
  counts.reserve(counts_.size());
  for (const auto& [text, count] : counts_) counts.push_back(count);
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  const std::uint64_t median = *middle;
  std::erase_if(counts_, [&](const auto& entry) { return entry.second <= median; });
  for (auto& [text, count] : counts_) count -= median;
}

}  // namespace quartet::eval
