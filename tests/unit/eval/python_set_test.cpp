#include "quartet/eval/python_set.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "quartet/base/jsonl.h"
#include "support/test_files.h"

namespace quartet::eval {
namespace {

PythonHashing hashing_of(const nlohmann::json& row) {
  return {row["hash_seed"].get<std::uint32_t>(),
          row["algorithm"] == "siphash24" ? PythonHash::kSip24 : PythonHash::kSip13};
}

/// The words in the order in which `set(words)` gives them.
std::vector<std::string> set_of(const std::vector<std::string>& words, PythonHashing hashing) {
  std::map<std::string, std::int32_t> numbers;
  std::vector<std::int32_t> items;
  std::vector<std::uint64_t> hashes;
  std::vector<std::string> texts;
  for (const std::string& word : words) {
    const auto [entry, is_new] = numbers.try_emplace(word, static_cast<std::int32_t>(texts.size()));
    items.push_back(entry->second);
    if (!is_new) continue;
    hashes.push_back(python_string_hash(word, hashing));
    texts.push_back(word);
  }
  std::vector<std::string> order;
  for (const std::int32_t item : python_set_order(items, hashes))
    order.push_back(texts[static_cast<std::size_t>(item)]);
  return order;
}

TEST(PythonSet, HashesOfRealPythons) {
  base::JsonlReader reader(quartet::testing::golden("python_sets/hashes.jsonl"));
  std::size_t num_rows = 0;
  while (const auto row = reader.next()) {
    EXPECT_EQ(std::to_string(python_string_hash((*row)["text"].get<std::string>(), hashing_of(*row))), (*row)["hash"])
        << reader.where();
    ++num_rows;
  }
  EXPECT_EQ(num_rows, 238u);
}

TEST(PythonSet, OrdersOfRealPythons) {
  base::JsonlReader reader(quartet::testing::golden("python_sets/orders.jsonl"));
  std::size_t num_rows = 0;
  while (const auto row = reader.next()) {
    EXPECT_EQ(set_of((*row)["items"], hashing_of(*row)), (*row)["set"].get<std::vector<std::string>>())
        << reader.where();
    ++num_rows;
  }
  EXPECT_EQ(num_rows, 96u);
}

TEST(PythonSet, EqualItemsAreOne) {
  EXPECT_EQ(set_of({}, {}), std::vector<std::string>());
  EXPECT_EQ(set_of({"x", "x", "x"}, {}), std::vector<std::string>{"x"});
}

}  // namespace
}  // namespace quartet::eval
