#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace quartet::eval {

/// Counts short texts in bounded memory (the summary of Misra and Gries): exactly while there are fewer than
/// kMaxTexts different ones; beyond, a count is too low by at most one in kMaxTexts / 2 of the texts added, and the
/// result may depend that little on their order.
class FrequentTexts {
 public:
  static constexpr std::size_t kMaxTexts = 16384;

  void add(std::string_view text);
  std::uint64_t count(std::string_view text) const;
  /// The texts counted more than `least` times, the most frequent first, equal ones in the order of their bytes.
  std::vector<std::pair<std::string, std::uint64_t>> more_frequent_than(double least) const;
  std::size_t num_kept() const { return counts_.size(); }

 private:
  void drop_rarest();

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
};

}  // namespace quartet::eval
