#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "quartet/base/config_reader.h"
#include "quartet/base/error.h"

namespace quartet::base {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> problems_of(const std::string& text) {
  try {
    parse_yaml(text, "f.yaml");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(Yaml, PlainScalarsOfTheCoreSchema) {
  const std::pair<const char*, json> cases[] = {
      {"yes", "yes"},
      {"on", "on"},
      {"No", "No"},
      {"true", true},
      {"FALSE", false},
      {"null", nullptr},
      {"~", nullptr},
      {"", nullptr},
      {"12", 12},
      {"-3", -3},
      {"+4", 4},
      {"0x1F", 31},
      {"0o17", 15},
      {"010", 10},
      {"1e-4", 1e-4},
      {"2E3", 2000.0},
      {".5", 0.5},
      {"-1.", -1.0},
      {"1_000", "1_000"},
      {"1:30", "1:30"},
      {"0.1.0", "0.1.0"},
      {"1e", "1e"},
      {"0x", "0x"},
      {"2024-01-01", "2024-01-01"},
      {"-", json::array({nullptr})},
      {"1e-999", 0.0},
      {"9223372036854775808", 9223372036854775808U},
      {"\"12\"", "12"},
      {"'true'", "true"},
      {"!!str 5", "5"},
      {"-9223372036854775808", INT64_MIN},
  };
  for (const auto& [text, expected] : cases) {
    const json value = parse_yaml(text, "f.yaml");
    EXPECT_EQ(value, expected) << text;
    EXPECT_EQ(value.type(), expected.is_number_integer() ? value.type() : expected.type()) << text;
  }
  EXPECT_EQ(parse_yaml("-.inf", "f"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(parse_yaml(".nan", "f").get<double>()));
}

TEST(Yaml, AnchorsAndBlocks) {
  EXPECT_EQ(parse_yaml("a: &x {k: [1, 2]}\nb: *x\nc: |\n  two\n  lines\n", "f"),
            (json{{"a", {{"k", {1, 2}}}}, {"b", {{"k", {1, 2}}}}, {"c", "two\nlines\n"}}));
  EXPECT_TRUE(parse_yaml("# nothing\n", "f").is_null());
}

TEST(Yaml, ProblemsNameTheirLines) {
  EXPECT_THAT(
      problems_of("a: 1\nb:\n  c: 1\n  c: 2\na: 2\nd: 99999999999999999999\ne: 1e999\n"),
      ElementsAre("f.yaml:4: duplicate key \"c\"", "f.yaml:5: duplicate key \"a\"",
                  "f.yaml:6: integer 99999999999999999999 is out of range", "f.yaml:7: number 1e999 is out of range"));
  EXPECT_THAT(problems_of("a: [1\nb: 2\n"), ElementsAre(HasSubstr("f.yaml:2: ")));
  EXPECT_THAT(problems_of("{1: {? [a] : b}}"), ElementsAre("f.yaml:1: a key must be a plain word"));
  EXPECT_THAT(problems_of("a: 1\n---\nb: 1\n"), ElementsAre("f.yaml: more than one YAML document"));
  EXPECT_THAT(problems_of("a: \xFF"), ElementsAre(HasSubstr("invalid UTF-8")));
  EXPECT_THAT(problems_of(std::string("a: \0", 4)), ElementsAre(HasSubstr("control characters")));
}

TEST(Yaml, HostileDocumentsEnd) {
  EXPECT_EQ(problems_of(std::string(100'000, '[')).size(), 1U);
  EXPECT_EQ(problems_of(std::string(250, '[') + std::string(250, ']')).size(), 1U);
  EXPECT_EQ(problems_of("&a [*a]").size(), 1U);
  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 1; j < 10; ++j) bomb += "," + last;
    bomb += "]\n";
  }
  EXPECT_THAT(problems_of(bomb), ElementsAre("f.yaml: more than a million values"));
}

TEST(Yaml, WrittenTextReadsBackUnchanged) {
  const auto value =
      nlohmann::ordered_json::parse(R"({"z": 1, "a": [1, -2.5, 1e-05, "x", {"k": [], "l": {}, "m": [[1, 2], []]}],
      "strings": ["yes", "true", "null", "12", "1e5", "", " lead", "a: b", "- x", "#", "a\nb", "ü 日", "\u0000\u0007", "/tmp/x.y",
      "*a", "&a", "~", "{}", "'", "\"", "a b", "0x1f", ".inf", "-"], "null": null, "t": true, "big": 18446744073709551615,
      "key with: colon": {"": 1}})");
  const std::string text = to_yaml(value);
  EXPECT_EQ(parse_yaml(text, "f.yaml"), json::parse(value.dump())) << text;
  EXPECT_TRUE(text.starts_with("z: 1\na:\n  - 1\n")) << text;
  EXPECT_TRUE(text.ends_with("\n"));
  EXPECT_EQ(parse_yaml(to_yaml({{"x", std::numeric_limits<double>::infinity()}}), "f")["x"],
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(to_yaml({{"lr", 2e-4}, {"name", "base"}}), "lr: 0.0002\nname: base\n");
}

}  // namespace
}  // namespace quartet::base
