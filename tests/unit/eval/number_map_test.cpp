#include "quartet/eval/number_map.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>

#include "quartet/base/rng.h"
#include "quartet/eval/ngram_match.h"

namespace quartet::eval {
namespace {

TEST(NumberMap, NumbersKeysInTheOrderOfTheirFirstOccurrence) {
  base::Rng rng(5, "number map");
  NumberMap map;
  std::unordered_map<std::uint64_t, std::uint32_t> expected;
  for (int round = 0; round < 40; ++round) {
    map.reserve_more(50);
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t key = rng.below(700) << 32;  // low bits alike
      const auto number = expected.try_emplace(key, static_cast<std::uint32_t>(expected.size())).first->second;
      EXPECT_EQ(map.add(key, [](std::uint32_t) { return true; }), number);
    }
    EXPECT_EQ(map.size(), expected.size());
  }
}

TEST(NumberMap, KeysOfOneHashAreToldApartByTheCaller) {
  const std::vector<std::string> keys{"a", "b", "c", "b", "a"};
  std::vector<std::string> known;
  NumberMap map;
  EXPECT_FALSE(map.contains(7, [](std::uint32_t) { return true; }));
  map.reserve_more(keys.size());
  std::vector<std::uint32_t> numbers;
  for (const std::string& key : keys) {
    numbers.push_back(map.add(7, [&](std::uint32_t number) { return known[number] == key; }));
    if (numbers.back() == known.size()) known.push_back(key);
  }
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{0, 1, 2, 1, 0}));
  EXPECT_TRUE(map.contains(7, [&](std::uint32_t number) { return known[number] == "c"; }));
  EXPECT_FALSE(map.contains(7, [&](std::uint32_t number) { return known[number] == "d"; }));
  EXPECT_FALSE(map.contains(8, [](std::uint32_t) { return true; }));
}

TEST(NumberMap, WordsThatDifferInOneByteHaveOtherHashes) {
  const std::string word = "a_name_of_seventeen";
  for (std::size_t length = 1; length <= word.size(); ++length) {
    const std::string text = word.substr(0, length);
    EXPECT_NE(word_hash(text), word_hash(text.substr(0, length - 1)));
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = text;
      other[i] ^= 1;
      EXPECT_NE(word_hash(text), word_hash(other));
    }
  }
}

TEST(NgramTable, LongerNgramsAreNumberedByTheirWords) {
  NgramTable table;
  const std::vector<std::string_view> first{"a", "b", "a", "b", "a"};
  const std::vector<std::string_view> second{"b", "a", "c"};
  const NgramTable::Ids ids = table.add(first);
  EXPECT_EQ(ids[0], (std::vector<std::uint32_t>{0, 1, 0, 1, 0}));
  EXPECT_EQ(ids[1], (std::vector<std::uint32_t>{0, 1, 0, 1}));
  EXPECT_EQ(ids[2], (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(ids[3], (std::vector<std::uint32_t>{0, 1}));
  const NgramTable::Ids more = table.add(second);
  EXPECT_EQ(more[0], (std::vector<std::uint32_t>{1, 0, 2}));
  EXPECT_EQ(more[1], (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(more[2], (std::vector<std::uint32_t>{2}));
  EXPECT_TRUE(more[3].empty());
}

}  // namespace
}  // namespace quartet::eval
