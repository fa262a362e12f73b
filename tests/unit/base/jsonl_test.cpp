#include "quartet/base/jsonl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::base {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Jsonl : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) {
    quartet::testing::write_bytes(dir_ / "rows.jsonl", bytes);
    return dir_ / "rows.jsonl";
  }
  /// The message about a file's first bad row.
  std::string error(const std::string& bytes) {
    JsonlReader reader(write(bytes));
    try {
      while (reader.next()) continue;
    } catch (const DataError& bad) {
      return bad.what();
    }
    return "no error";
  }
  quartet::testing::TempDir dir_;
};

TEST_F(Jsonl, BlankLinesByteOrderMarkAndCrlf) {
  JsonlReader reader(write("\xEF\xBB\xBF{\"a\": 1}\r\n\n  \t\r\n{\"a\": \"x\\u0000y\"}\n{\"a\": 3}"));
  EXPECT_EQ(reader.next(), json({{"a", 1}}));
  EXPECT_EQ(reader.line(), 1U);
  EXPECT_EQ(reader.next()->at("a"), "x\0y"s);
  EXPECT_EQ(reader.line(), 4U);
  EXPECT_EQ(reader.next(), json({{"a", 3}}));
  EXPECT_EQ(reader.where(), (dir_ / "rows.jsonl").string() + ":5");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(Jsonl, AnArrayWhereItIsAccepted) {
  const std::string bytes = "\xEF\xBB\xBF\n [{\"a\": \"]},{\\\"\"},\n\n{\"a\": [1, {}]} ,{\"a\":\n3}\n] \n";
  JsonlReader reader(write(bytes));
  reader.accept_array();
  EXPECT_EQ(reader.next()->at("a"), "]},{\"");
  EXPECT_EQ(reader.line(), 2U);
  const auto second = reader.next_line();
  EXPECT_EQ(second->text, "{\"a\": [1, {}]} ");
  EXPECT_EQ(second->number, 4U);
  EXPECT_EQ(bytes.substr(second->offset, second->text.size()), second->text);
  EXPECT_EQ(reader.next()->at("a"), 3);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(Jsonl, BadArraysNameTheirLine) {
  const auto array_error = [&](const std::string& bytes) -> std::string {
    JsonlReader reader(write(bytes));
    reader.accept_array();
    try {
      while (reader.next()) continue;
    } catch (const DataError& bad) {
      return bad.what();
    }
    return "no error";
  };
  const std::string file = (dir_ / "rows.jsonl").string();
  EXPECT_EQ(array_error("[]"), "no error");
  EXPECT_EQ(array_error("\n{}\n{}"), "no error");
  EXPECT_EQ(array_error(" [{},\n1]"), file + ":2: expected a JSON object, got number in \"1\"");
  EXPECT_EQ(array_error("[{},\n{}"), file + ":2: the array has no end");
  EXPECT_EQ(array_error("["), file + ":1: the array has no end");
  EXPECT_EQ(array_error("[{}]\n\n{}"), file + ":3: there is text behind the end of the array");
  EXPECT_THAT(array_error("[{}{}]"), StartsWith(file + ":1: "));
  EXPECT_THAT(array_error("[{},]"), StartsWith(file + ":1: "));
  EXPECT_THAT(array_error("[{},,{}]"), StartsWith(file + ":1: "));
  EXPECT_THAT(array_error("\n\n {\"a\":1}\n[]\n"), StartsWith(file + ":4: "));
}

TEST_F(Jsonl, LinesKnowTheirPlace) {
  const std::string bytes =
      "\xEF\xBB\xBF{\"a\":1}\r\n\n" + json{{"t", std::string(600'000, 'x')}}.dump() + "\n {\"b\":2}";
  JsonlReader reader(write(bytes));
  std::vector<std::size_t> numbers;
  while (const auto line = reader.next_line()) {
    EXPECT_EQ(bytes.substr(line->offset, line->text.size()), line->text);
    numbers.push_back(line->number);
  }
  EXPECT_EQ(numbers, (std::vector<std::size_t>{1, 3, 4}));
}

TEST_F(Jsonl, RowsAcrossReadBuffers) {
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    bytes += json{{"i", i}, {"text", std::string(static_cast<std::size_t>(i) * 997, 'x')}}.dump() + "\n";
  bytes += json{{"i", 50}, {"text", std::string(1'000'000, 'y')}}.dump() + "\n";
  JsonlReader reader(write(bytes));
  int count = 0;
  while (const auto row = reader.next()) EXPECT_EQ(row->at("i"), count++);
  EXPECT_EQ(count, 51);
}

TEST_F(Jsonl, BadRowsNameFileAndLineAndShowTheirHead) {
  const std::string file = (dir_ / "rows.jsonl").string();
  EXPECT_THAT(error("{\"a\": 1}\n{\"a\": }\n"), StartsWith(file + ":2: parse error"));
  EXPECT_THAT(error("{\"a\": }\n"), HasSubstr(" in \"{\"a\": }\""));
  EXPECT_THAT(error("[1]\n"), StartsWith(file + ":1: expected a JSON object, got array"));
  EXPECT_THAT(error("{\"a\": 1, \"a\": 2}\n"), StartsWith(file + ":1: duplicate key \"a\""));
  EXPECT_THAT(error("{\"a\": {\"b\": 1, \"b\": 2}}\n"), HasSubstr("duplicate key \"b\""));
  EXPECT_THAT(error("{\"a\": \"\xFF\"}\n"), StartsWith(file + ":1: "));
  EXPECT_THAT(error("{\"a\": \"\xED\xA0\x80\"}\n"), StartsWith(file + ":1: "));
  EXPECT_THAT(error("{\"a\": \"\\ud800\"}\n"), StartsWith(file + ":1: "));
  EXPECT_THAT(error("{\"a\": 1e999}\n"), StartsWith(file + ":1: "));
  EXPECT_THAT(error("{\"a\": 1} {\"a\": 2}\n"), StartsWith(file + ":1: "));
  EXPECT_THAT(error("{\"a\": \"x\0y\"}\n"s), StartsWith(file + ":1: "));
  EXPECT_EQ(error("{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}\n"), "no error");
  EXPECT_LT(error("{\"a\": \"" + std::string(5000, 'x')).size(), 500 + file.size());
}

TEST_F(Jsonl, NestingAndLineLengthAreLimited) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(error(nested(200)), "no error");
  EXPECT_THAT(error(nested(201)), HasSubstr("nested deeper than 200 levels"));
  EXPECT_THAT(error("{\"a\":" + std::string(1'000'000, '[')), HasSubstr("nested deeper than 200 levels"));
  EXPECT_THAT(error("{}\n{\"a\": \"" + std::string((64U << 20) + 1, 'x') + "\"}\n"),
              HasSubstr("rows.jsonl:2: line longer than 64 MiB"));
}

TEST_F(Jsonl, FilesThatCannotBeRead) {
  EXPECT_THROW(JsonlReader(dir_ / "none.jsonl"), DataError);
  EXPECT_THROW(JsonlReader(dir_.path()).next(), DataError);
  EXPECT_THROW(read_text_file(dir_ / "none"), DataError);
  EXPECT_THROW(read_text_file(dir_.path()), DataError);
  JsonlReader empty(write(""));
  EXPECT_EQ(empty.next(), std::nullopt);
}

TEST(JsonFields, StringsOrAnErrorThatNamesTheField) {
  const json row = {{"text", "a"}, {"number", 3}, {"none", nullptr}};
  EXPECT_EQ(require_string(row, "text", "f:1"), "a");
  EXPECT_EQ(find_string(row, "missing", "f:1"), std::nullopt);
  EXPECT_EQ(find_string(row, "none", "f:1"), std::nullopt);
  const auto message = [&](const char* field) -> std::string {
    try {
      require_string(row, field, "f:1");
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("number"), "f:1: field \"number\" must be a string, got 3");
  EXPECT_THAT(message("missing"), StartsWith("f:1: field \"missing\" is missing in {"));
}

TEST(JsonText, WritesOneLineOrSortedBlock) {
  const json value = {{"b", "\xFF\n"}, {"a", {1, 2}}};
  EXPECT_EQ(to_json_line(value), "{\"a\":[1,2],\"b\":\"\uFFFD\\n\"}");
  EXPECT_EQ(to_json_pretty({{"b", 1}, {"a", 2}}), "{\n  \"a\": 2,\n  \"b\": 1\n}\n");
  EXPECT_THROW(parse_json("{", "header"), DataError);
  EXPECT_EQ(parse_json("[1]", "header"), json::array({1}));
}

}  // namespace
}  // namespace quartet::base
