#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "quartet/base/text.h"
#include "quartet/code/syntax_tree.h"
#include "quartet/eval/guard.h"

namespace quartet::eval {

/// Checks of what many rows have in common need as many.
inline constexpr std::size_t kManyRows = 20;
/// Fewer rows of one language among several are not judged by themselves.
inline constexpr std::size_t kFewRows = 5;

inline double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

inline std::string percent(double share) {
  return base::cat(std::lround(share * 100), " %");
}

/// Adds what was found in the rows of each language, but for what the report says of all rows already.
void append_of_languages(GuardReport& report, const std::vector<std::pair<code::Grammar, GuardReport>>& by_language);

}  // namespace quartet::eval
