#pragma once

#include <string>
#include <utility>

namespace quartet::eval {

/// Both texts as HTML, with the tokens that both have in the same order (a longest common subsequence) in <mark>.
/// Pieces without a word (brackets alone) are left unmarked, as are texts too long for the comparison.
std::pair<std::string, std::string> mark_common_tokens(const std::string& a, const std::string& b);

}  // namespace quartet::eval
