#include "quartet/eval/self_test.h"

#include <gtest/gtest.h>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {
namespace {

TEST(SelfTest, CoversEveryLanguageAndPasses) {
  const std::vector<SelfCheck> checks = run_self_test();
  EXPECT_EQ(checks.size(), 2u * code::kNumGrammars + 1);
  for (const SelfCheck& check : checks) EXPECT_TRUE(check.passed) << check.name << ": " << check.detail;
}

}  // namespace
}  // namespace quartet::eval
