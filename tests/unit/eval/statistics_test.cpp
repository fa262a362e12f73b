#include "quartet/eval/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "quartet/eval/ngram_match.h"
#include "quartet/eval/python_set.h"

namespace quartet::eval {
namespace {

TEST(Statistics, MeanAndMedianSkipWhatIsUndefined) {
  EXPECT_EQ(mean(std::vector<double>{1, kUndefined, 3}), 2);
  EXPECT_EQ(median({5, kUndefined, 1, 2}), 2);
  EXPECT_EQ(median({1, 2}), 1.5);
  EXPECT_TRUE(std::isnan(mean(std::vector<double>{kUndefined})));
}

TEST(Statistics, BootstrapIntervalOfAMean) {
  std::vector<double> column;
  for (int i = 0; i < 400; ++i) column.push_back(i % 2);
  const Interval interval = bootstrap_means({column}, 0, "test")[0];
  EXPECT_NEAR(interval.low, 0.5 - 1.96 * 0.5 / 20, 0.006);
  EXPECT_NEAR(interval.high, 0.5 + 1.96 * 0.5 / 20, 0.006);
  const Interval again = bootstrap_means({column}, 0, "test")[0];
  EXPECT_EQ(again.low, interval.low);
  EXPECT_NE(bootstrap_means({column}, 1, "test")[0].low, kUndefined);
  const Interval constant = bootstrap_means({{2, 2, 2}}, 0, "test")[0];
  EXPECT_EQ(constant.low, 2);
  EXPECT_EQ(constant.high, 2);
}

TEST(ExactSum, IsRoundedOnce) {
  EXPECT_EQ(exact_sum(std::vector<double>{1e16, 1, -1e16}), 1);
  EXPECT_EQ(exact_sum(std::vector<double>{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1);
  EXPECT_EQ(exact_sum(std::vector<double>{1e100, 1, -1e100, 1}), 2);
  EXPECT_EQ(exact_sum({}), 0);
}

// Values of CPython 3.11 with PYTHONHASHSEED=0 and 42.
TEST(PythonSet, StringHashes) {
  EXPECT_EQ(python_string_hash(""), 0u);
  EXPECT_EQ(python_string_hash("a", 0), 4644417185603328019u);
  EXPECT_EQ(python_string_hash("abc", 0), 13851880170939887858u);
  EXPECT_EQ(python_string_hash("abcdefgh", 0), 4574395652268504554u);
  EXPECT_EQ(python_string_hash("größe", 0), 9214236677518699477u);
  EXPECT_EQ(python_string_hash("重み", 0), 11810318521302254949u);
  EXPECT_EQ(python_string_hash("🙂 x", 0), 2233508600486111974u);
  EXPECT_EQ(python_string_hash("▁", 0), 10244177502163790738u);
  EXPECT_EQ(python_string_hash("a", 42), 18323536319731619102u);
  EXPECT_EQ(python_string_hash("abc", 42), 3869580338025362921u);
  EXPECT_EQ(python_string_hash("abcdefgh", 42), 12988872177719840854u);
  EXPECT_EQ(python_string_hash("größe", 42), 1575331505011406485u);
  EXPECT_EQ(python_string_hash("重み", 42), 5201345214664648871u);
  EXPECT_EQ(python_string_hash("🙂 x", 42), 1899115549852713514u);
  EXPECT_EQ(python_string_hash("▁", 42), 12950144252390606063u);
}

TEST(PythonSet, IterationOrder) {
  const auto order = [](std::vector<std::string> words) {
    std::vector<std::int32_t> items;
    std::vector<std::uint64_t> hashes;
    for (const std::string& word : words) {
      items.push_back(static_cast<std::int32_t>(items.size()));
      hashes.push_back(python_string_hash(word));
    }
    std::string result;
    for (const std::int32_t item : python_set_order(items, hashes))
      result += words[static_cast<std::size_t>(item)] + " ";
    return result;
  };
  EXPECT_EQ(order({"v637", "v261"}), "v261 v637 ");
  EXPECT_EQ(order({"v759", "v367", "v814", "v707"}), "v707 v367 v759 v814 ");
  EXPECT_EQ(order({"v965", "v861", "v757", "v667", "v944"}), "v944 v667 v965 v861 v757 ");
  EXPECT_EQ(order({"v542", "v29", "v860", "v476", "v794", "v965", "v255", "v664", "v53"}),
            "v255 v542 v860 v476 v664 v965 v29 v53 v794 ");
  EXPECT_EQ(order({"v922", "v160", "v115", "v380", "v480", "v889", "v252", "v389", "v556", "v104",
                   "v587", "v255", "v13",  "v748", "v221", "v417", "v286", "v186", "v938", "v888"}),
            "v889 v13 v186 v255 v104 v160 v115 v252 v389 v221 v888 v380 v922 v417 v556 v748 v587 v938 v480 v286 ");
  EXPECT_EQ(
      order({"v784", "v398", "v163", "v780", "v816", "v73",  "v142", "v632", "v455", "v129", "v135", "v1",   "v995",
             "v892", "v5",   "v214", "v792", "v220", "v983", "v169", "v893", "v170", "v296", "v321", "v984", "v203",
             "v552", "v897", "v694", "v640", "v209", "v186", "v963", "v991", "v707", "v201", "v989", "v988", "v915"}),
      "v209 v991 v186 v780 v983 v321 v201 v893 v203 v552 v915 v220 v707 v988 v163 v989 v170 v640 v963 v897 v995 v1 "
      "v784 v296 v892 v455 v398 v984 v214 v694 v135 v792 v816 v169 v142 v73 v632 v5 v129 ");
}

}  // namespace
}  // namespace quartet::eval
