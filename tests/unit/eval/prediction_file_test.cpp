#include "quartet/eval/prediction_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::eval {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The rows of both passes, which must agree.
std::vector<EvalRow> read_rows(const RowSources& sources) {
  RowFiles files(sources);
  std::vector<EvalRow> rows;
  files.check([&](const EvalRow& row) { rows.push_back(row); });
  EXPECT_EQ(files.num_rows(), rows.size());
  for (const EvalRow& row : rows) {
    const auto raw = files.next();
    if (!raw) {
      ADD_FAILURE() << "the second pass ends before " << row.where;
      return rows;
    }
    const EvalRow again = files.parse(*raw);
    EXPECT_EQ(again.id, row.id);
    EXPECT_EQ(again.prediction, row.prediction);
    EXPECT_EQ(again.references, row.references);
    EXPECT_EQ(again.where, row.where);
  }
  EXPECT_FALSE(files.next().has_value());
  return rows;
}

class PredictionFile : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) {
    quartet::testing::write_bytes(dir_ / name, text);
    return dir_ / name;
  }
  std::vector<EvalRow> read(const std::string& predictions, const std::string& references = "",
                            const std::string& language = "") {
    RowSources sources{{write("p.jsonl", predictions)}, std::nullopt, language};
    if (!references.empty()) sources.references = write("r.jsonl", references);
    return read_rows(sources);
  }
  std::string error(const std::string& predictions, const std::string& references = "") {
    try {
      read(predictions, references, "python");
    } catch (const DataError& bad) {
      return bad.what();
    }
    return "no error";
  }
  quartet::testing::TempDir dir_;
};

TEST_F(PredictionFile, RowsOfGenerate) {
  const auto rows =
      read(R"({"id":"a","sample":1,"text":" x = 1","language":"Python","stop_reason":"length","prompt":"p"})"
           "\n"
           R"({"id":7,"prediction":"y","language":"C++","reference":["z","w"]})"
           "\n",
           R"({"id":"a","reference":"x = 1"})");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "\"a\"");
  EXPECT_EQ(rows[0].sample, 1);
  EXPECT_EQ(rows[0].prediction, " x = 1");
  EXPECT_EQ(rows[0].truncated, true);
  EXPECT_THAT(rows[0].references, ElementsAre("x = 1"));
  EXPECT_EQ(rows[1].id, "7");
  EXPECT_EQ(rows[1].grammar, code::Grammar::kCpp);
  EXPECT_FALSE(rows[1].truncated.has_value());
  EXPECT_THAT(rows[1].references, ElementsAre("z", "w"));
}

TEST_F(PredictionFile, LanguageFromTheReferencesOrTheCommandLine) {
  EXPECT_EQ(read(R"({"id":1,"prediction":"x"})", R"({"id":1,"reference":"y","language":"js"})")[0].grammar,
            code::Grammar::kJavascript);
  EXPECT_EQ(read(R"({"id":1,"prediction":"x","reference":"y"})", "", "JAVA")[0].grammar, code::Grammar::kJava);
  EXPECT_THROW(read(R"({"id":1,"prediction":"x","reference":"y"})", "", "cobol"), ConfigError);
}

TEST_F(PredictionFile, SeveralFilesAreOneSet) {
  const std::string row = R"({"id":1,"prediction":"x","reference":"y","language":"java"})";
  const auto first = write("1.jsonl", row + "\n");
  const auto second = write("2.jsonl", R"({"id":2,"prediction":"x","reference":"y","language":"java"})");
  EXPECT_EQ(read_rows({{first, second}, std::nullopt, ""}).size(), 2u);
  EXPECT_THROW(read_rows({{first, first}, std::nullopt, ""}), DataError);
}

TEST_F(PredictionFile, RowsOfTheStudyAreMatchedByPosition) {
  const auto rows =
      read("{\"expert\":\"C++\",\"prediction\":\"x\"}\n{\"expert\":\"Javascript\",\"prediction\":\"y\"}\n",
           "{\"value\":\"a\"}\n{\"value\":\"b\"}\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "0");
  EXPECT_EQ(rows[0].grammar, code::Grammar::kCpp);
  EXPECT_EQ(rows[1].id, "1");
  EXPECT_EQ(rows[1].grammar, code::Grammar::kJavascript);
  EXPECT_THAT(rows[1].references, ElementsAre("b"));

  const auto bare = read("[{\"value\":\"x\"},\n{\"value\":\"y\"}]", "[{\"value\":\"a\"}, {\"value\":\"b\"}]", "java");
  ASSERT_EQ(bare.size(), 2u);
  EXPECT_EQ(bare[1].prediction, "y");
  EXPECT_THAT(bare[1].references, ElementsAre("b"));
  // Rows of XLCoST's files carry their reference as `code`.
  EXPECT_THAT(read(R"({"id":1,"text":"x","code":"z"})", "", "java")[0].references, ElementsAre("z"));
}

TEST_F(PredictionFile, FilesMatchedByPositionMustBeOfOneLength) {
  const std::string two = "{\"value\":\"x\"}\n{\"value\":\"y\"}\n";
  const std::string three = two + "{\"value\":\"z\"}\n";
  EXPECT_THAT(error(two, three), HasSubstr("2 predictions without ids are matched by position, but"));
  EXPECT_THAT(error(three, two), HasSubstr("p.jsonl:3: prediction 3 has no reference"));
}

TEST_F(PredictionFile, AFileThatChangesBetweenThePassesIsAnError) {
  const std::string row = R"({"id":1,"prediction":"x","reference":"y","language":"java"})";
  const std::string other = R"({"id":2,"prediction":"x","reference":"y","language":"java"})";
  const RowSources sources{{write("p.jsonl", row + "\n" + other)}, std::nullopt, ""};
  RowFiles files(sources);
  files.check([](const EvalRow&) {});
  write("p.jsonl", row);
  EXPECT_TRUE(files.next().has_value());
  EXPECT_THROW(files.next(), DataError);
}

TEST_F(PredictionFile, LoneSurrogatesAreReplacedAndFlagged) {
  const auto rows = read(R"({"id":1,"prediction":"a\ud800b \ud83d\ude00","reference":"y"})"
                         "\n"
                         R"({"id":2,"prediction":"\u00e9","reference":"y"})",
                         "", "python");
  EXPECT_EQ(rows[0].prediction,
            "a\xef\xbf\xbd"
            "b \xf0\x9f\x98\x80");
  EXPECT_TRUE(rows[0].replaced_text);
  EXPECT_FALSE(rows[1].replaced_text);
}

TEST_F(PredictionFile, BadRowsNameTheirLine) {
  const std::string good = R"({"id":1,"prediction":"x","reference":"y"})"
                           "\n";
  EXPECT_THAT(error(good + R"({"prediction":"x","reference":"y"})"), HasSubstr("p.jsonl:2: field \"id\" is missing"));
  EXPECT_THAT(error(good + good), HasSubstr("p.jsonl:2: id 1 sample 0 was there before"));
  EXPECT_THAT(error(R"({"id":1,"reference":"y"})"), HasSubstr("field \"prediction\" (or \"text\") is missing"));
  EXPECT_THAT(error(R"({"id":1,"prediction":3,"reference":"y"})"), HasSubstr("must be a string, got 3"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x"})"), HasSubstr("field \"reference\" is missing"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x","reference":[]})"), HasSubstr("must be a string or a list of strings"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x","reference":["y",1]})"), HasSubstr("an item 1"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x","reference":"y","language":"cobol"})"),
              HasSubstr("unknown language \"cobol\""));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x","reference":"y","sample":-1})"), HasSubstr("integer >= 0"));
  EXPECT_THAT(error(""), HasSubstr("no rows"));
  const std::string long_text(17'000'000, 'x');
  EXPECT_THAT(error(R"({"id":1,"prediction":")" + long_text + R"(","reference":"y"})"),
              HasSubstr("p.jsonl:1: field \"prediction\" holds 17.0 MB of text, expected at most 16 MiB"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x","reference":")" + long_text + R"("})"),
              HasSubstr("field \"reference\" holds"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x"})", R"({"id":2,"reference":"y"})"),
              HasSubstr("id 1 has no reference in"));
  EXPECT_THAT(error(R"({"id":1,"prediction":"x"})", "{\"id\":1,\"reference\":\"y\"}\n{\"id\":1,\"reference\":\"y\"}"),
              HasSubstr("r.jsonl:2: id 1 was there before"));
  EXPECT_THAT(error("{\"id\":1,"), HasSubstr("p.jsonl:1"));
}

}  // namespace
}  // namespace quartet::eval
