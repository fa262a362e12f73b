#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "quartet/eval/code_bleu.h"

namespace quartet::eval {

/// Defects of the Python package that change its score.
enum class Defect : unsigned char {
  kZeroDataflow,  ///< a data-flow match of 0 counts as 1
  kRecall,        ///< the weighted n-gram match divides by the reference and knows no length penalty
  kOrder,         ///< sources of a value are compared in the order of Python's sets
};
inline constexpr int kNumDefects = 3;
std::string_view defect_key(Defect defect);

/// A row's `codebleu` with one defect corrected at a time, by Defect. With several references kRecall is not corrected:
/// what they are to be put together to is open.
std::array<double, kNumDefects> corrected_scores(const CompatCounts& counts, std::size_t num_references,
                                                 const Weights& weights);

/// A row's `codebleu` at each of CompatOptions::other_seeds.
std::vector<double> scores_by_seed(const CompatCounts& counts, const Weights& weights);

}  // namespace quartet::eval
