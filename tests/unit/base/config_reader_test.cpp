#include "quartet/base/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::base {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

std::vector<std::string> problems_of(ConfigReader& reader) {
  try {
    reader.finish();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kConfig);
    return error.problems();
  }
  return {};
}

TEST(ConfigReader, ReadsTypedValuesAndDefaults) {
  ConfigReader reader(
      parse_yaml("a: 3\nb: 1e4\nc: 2\nd: yes\ne: [x, y]\nf: [1, 2.5]\ng: true\nh: ~\nu: 18446744073709551615\n", "c"),
      "c");
  EXPECT_EQ(reader.get<int>("a", 0), 3);
  EXPECT_EQ(reader.get<std::int64_t>("b", 0), 10'000);
  EXPECT_EQ(reader.get<double>("c", 0), 2.0);
  EXPECT_EQ(reader.get<std::string>("d", ""), "yes");
  EXPECT_EQ(reader.get<std::vector<std::string>>("e", {}), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(reader.get<std::vector<double>>("f", {}), (std::vector<double>{1, 2.5}));
  EXPECT_TRUE(reader.get<bool>("g", false));
  EXPECT_EQ(reader.get<int>("h", 7), 7);  // null = absent
  EXPECT_EQ(reader.get<std::uint64_t>("u", 0), 18446744073709551615U);
  EXPECT_EQ(reader.find<int>("missing"), std::nullopt);
  EXPECT_TRUE(reader.has("a"));
  EXPECT_FALSE(reader.has("h"));
  EXPECT_THAT(problems_of(reader), ElementsAre());
}

TEST(ConfigReader, EveryProblemAtOnceWithItsPath) {
  ConfigReader root(parse_yaml(R"(
models:
  - model: a
    parameters: {weigth: 1}
  - model: 5
  - just a name
rank: many
alpha: 1.5
big: 3000000000
flag: 1
names: [a, 2]
method: tise
rate: .inf
options: 3
densty: 0.5
)",
                               "f.yaml"),
                    "f.yaml");
  for (ConfigReader model : root.objects("models")) {
    model.require<std::string>("model");
    model.object("parameters").get<double>("weight", 1);
  }
  EXPECT_EQ(root.get<int>("rank", 16), 16);
  root.get<int>("alpha", 1);
  root.get<int>("big", 1);
  root.get<bool>("flag", false);
  root.get<std::vector<std::string>>("names", {});
  EXPECT_EQ(root.choice("method", "linear", {"linear", "ties"}), "linear");
  root.get<double>("rate", 1);
  root.object("options");
  root.get<double>("density", 1);
  root.require<std::string>("output");
  root.problem("rank", "is odd");
  EXPECT_THAT(
      problems_of(root),
      ElementsAre(
          "f.yaml: models[2]: expected a map of keys, got \"just a name\"",
          "f.yaml: models[1].model: expected a string, got 5", "f.yaml: models[2].model: missing, expected a string",
          "f.yaml: rank: expected a 32-bit integer, got \"many\"", "f.yaml: alpha: expected a 32-bit integer, got 1.5",
          "f.yaml: big: expected a 32-bit integer, got 3000000000", "f.yaml: flag: expected true or false, got 1",
          "f.yaml: names: expected a list of strings, got [\"a\",2]",
          "f.yaml: method: unknown value \"tise\" (did you mean 'ties'?), expected one of linear ties",
          "f.yaml: rate: expected a finite number, got inf", "f.yaml: options: expected a map of keys, got 3",
          "f.yaml: output: missing, expected a string", "f.yaml: rank: is odd",
          "f.yaml: densty: unknown key (did you mean 'density'?)",
          "f.yaml: models[0].parameters.weigth: unknown key (did you mean 'weight'?)"));
}

TEST(ConfigReader, UnreadListsAndObjectsAreUnknownButIgnoredOnesAreNot) {
  ConfigReader root(json{{"a", {{"x", 1}}}, {"b", {{"y", 1}}}, {"c", 1}, {"d", 2}}, "f");
  root.ignore("a");
  root.raw("c");
  EXPECT_THAT(root.keys(), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(problems_of(root), ElementsAre("f: b: unknown key", "f: d: unknown key"));
}

TEST(ConfigReader, TheRootMustBeAMap) {
  ConfigReader list(json::array({1}), "f");
  EXPECT_THAT(problems_of(list), ElementsAre("f: expected a map of keys, got [1]"));
  ConfigReader empty(json(), "f");  // an empty file: all defaults
  EXPECT_EQ(empty.get<int>("a", 2), 2);
  EXPECT_THAT(problems_of(empty), ElementsAre());
}

TEST(ConfigReader, JsonConfigs) {
  const quartet::testing::TempDir dir;
  quartet::testing::write_bytes(dir / "a.json", R"({"a": 1})");
  quartet::testing::write_bytes(dir / "b.json", R"({"a": 1, "a": 2})");
  quartet::testing::write_bytes(dir / "c.json", R"({"a": )");
  EXPECT_EQ(read_json_config(dir / "a.json")["a"], 1);
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      read_json_config(path);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(dir / "b.json"), (dir / "b.json").string() + ": duplicate key \"a\"");
  EXPECT_THAT(message(dir / "c.json"), ::testing::HasSubstr("c.json: parse error at line 1, column 7"));
  EXPECT_THAT(message(dir / "none.json"), ::testing::HasSubstr("none.json: cannot open: No such file"));
}

}  // namespace
}  // namespace quartet::base
