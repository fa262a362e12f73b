#pragma once

#include <string>
#include <vector>

namespace quartet::eval {

/// One thing that `evaluate doctor` tries.
struct SelfCheck {
  std::string name;
  bool passed = false;
  std::string detail;  ///< what was compared, or what went wrong
};

/// Scores built-in pairs of every language and compares with codebleu 0.6.0's values; scores every text against itself
/// in strict mode; and checks that Python's string hash and set order come out as known. Deterministic, under a second.
std::vector<SelfCheck> run_self_test();

}  // namespace quartet::eval
