#include "quartet/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quartet/base/error.h"
#include "quartet/tokenizer/tokenizer.h"
#include "support/test_files.h"

namespace quartet::data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const tokenizer::Tokenizer& golden_tokenizer() {
  static const tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::load(testing::golden("tokenizer"));
  return tokenizer;
}

const base::Language* language(const char* name) {
  return base::find_language(name);
}

class DatasetTest : public ::testing::Test {
 protected:
  DatasetTest() { options_.vocab_size = golden_tokenizer().vocab_size(); }

  Dataset read(const std::string& text, const base::Language* source_language = nullptr) const {
    testing::write_bytes(folder_ / "rows.jsonl", text);
    return read_dataset({{source_language, folder_ / "rows.jsonl"}}, options_,
                        []() -> const tokenizer::Tokenizer& { return golden_tokenizer(); });
  }
  std::string failure(const std::string& text) const {
    try {
      read(text);
    } catch (const DataError& error) {
      return error.what();
    }
    return "(read without an error)";
  }

  testing::TempDir folder_;
  DatasetOptions options_;
};

std::vector<std::int32_t> joined(std::initializer_list<tokenizer::TokenIds> parts) {
  std::vector<std::int32_t> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST_F(DatasetTest, PairsGetTheTemplateAndLossOnAnswerAndEos) {
  const Dataset dataset = read(R"({"text": "add two", "code": "a + b"})");
  const auto& tokenizer = golden_tokenizer();
  const auto prompt = tokenizer.encode("[INST] add two [/INST]"), answer = tokenizer.encode("a + b");
  ASSERT_EQ(dataset.samples.size(), 1U);
  const Sample& sample = dataset.samples[0];
  EXPECT_EQ(sample.ids, joined({{tokenizer.bos_id()}, prompt, answer, {tokenizer.eos_id()}}));
  std::vector<std::uint8_t> trained(1 + prompt.size(), 0);
  trained.resize(sample.ids.size(), 1);
  EXPECT_EQ(sample.trained, trained);
  EXPECT_EQ(sample.num_trained(), std::ssize(answer) + 1);
}

TEST_F(DatasetTest, CompletionsAreUsedAsTheyAre) {
  const Dataset dataset = read(R"({"prompt": "p q", "completion": "r"})");
  const auto& tokenizer = golden_tokenizer();
  EXPECT_EQ(dataset.samples[0].ids,
            joined({{tokenizer.bos_id()}, tokenizer.encode("p q"), tokenizer.encode("r"), {tokenizer.eos_id()}}));
}

TEST_F(DatasetTest, RowsOfIdsNeedNoTokenizer) {
  testing::write_bytes(folder_ / "rows.jsonl", R"({"input_ids": [1, 5, 6], "loss_mask": [0, false, true]})");
  const Dataset dataset =
      read_dataset({{nullptr, folder_ / "rows.jsonl"}}, options_,
                   []() -> const tokenizer::Tokenizer& { throw StateError("tokenizer asked for"); });
  EXPECT_EQ(dataset.samples[0].ids, (std::vector<std::int32_t>{1, 5, 6}));
  EXPECT_EQ(dataset.samples[0].trained, (std::vector<std::uint8_t>{0, 0, 1}));
}

TEST_F(DatasetTest, TrainOnPromptTrainsEverythingBehindBos) {
  options_.train_on_prompt = true;
  const Dataset dataset = read(R"({"prompt": "p q", "completion": "r"})");
  EXPECT_EQ(dataset.samples[0].num_trained(), dataset.samples[0].num_tokens() - 1);
}

TEST_F(DatasetTest, TheRowsLanguageComesFirstAndIsFiltered) {
  const std::string rows =
      "{\"text\": \"a\", \"code\": \"b\", \"language\": \"C++\"}\n{\"text\": \"a\", \"code\": \"b\"}\n"
      "{\"text\": \"a\", \"code\": \"b\", \"language\": \"java\"}\n";
  const Dataset all = read(rows, language("python"));
  ASSERT_EQ(all.samples.size(), 3U);
  EXPECT_EQ(all.samples[0].language, language("cpp"));
  EXPECT_EQ(all.samples[1].language, language("python"));
  options_.language = language("java");
  const Dataset java = read(rows);
  ASSERT_EQ(java.samples.size(), 2U);
  EXPECT_EQ(java.samples[0].language, language("java"));
  EXPECT_EQ(java.stats.num_other_language, 1);
}

TEST_F(DatasetTest, LongRowsAreCutAndCounted) {
  options_.max_length_tokens = 4;
  const std::string rows =
      "{\"input_ids\": [1, 2, 3, 4, 5, 6], \"loss_mask\": [0, 1, 1, 1, 1, 1]}\n"
      "{\"input_ids\": [1, 2, 3, 4, 5], \"loss_mask\": [0, 0, 0, 0, 1]}\n{\"input_ids\": [1, 2], \"loss_mask\": [0, "
      "1]}\n";
  const Dataset dataset = read(rows);
  ASSERT_EQ(dataset.samples.size(), 2U);
  EXPECT_EQ(dataset.samples[0].num_tokens(), 4);
  EXPECT_EQ(dataset.stats.num_cut, 2);
  EXPECT_EQ(dataset.stats.num_untrained, 1);
  EXPECT_EQ(dataset.stats.num_tokens, 6);
  EXPECT_EQ(dataset.stats.num_trained_tokens, 4);
}

TEST_F(DatasetTest, BadRowsAreNamedByPathAndLine) {
  const std::string good = "{\"text\": \"a\", \"code\": \"b\"}\n";
  EXPECT_THAT(failure(good + "{\"text\": \"a\"}"),
              AllOf(HasSubstr("rows.jsonl:2"), HasSubstr("expected text and code")));
  EXPECT_THAT(failure(good + "{\"text\": 3, \"code\": \"b\"}"), AllOf(HasSubstr("rows.jsonl:2"), HasSubstr("text")));
  EXPECT_THAT(failure("[1]"), HasSubstr("rows.jsonl:1"));
  EXPECT_THAT(failure("{\"text\": \"a\", \"code\": \"b\", \"language\": \"cobol\"}"), HasSubstr("cobol"));
  EXPECT_THAT(failure("{\"input_ids\": [1, 512], \"loss_mask\": [0, 1]}"), HasSubstr("expected ids from 0 to 511"));
  EXPECT_THAT(failure("{\"input_ids\": [1, -1], \"loss_mask\": [0, 1]}"), HasSubstr("-1"));
  EXPECT_THAT(failure("{\"input_ids\": [1, 2], \"loss_mask\": [0, 2]}"), HasSubstr("loss_mask"));
  EXPECT_THAT(failure("{\"input_ids\": [1, 2], \"loss_mask\": [0]}"), HasSubstr("2 entries"));
  EXPECT_THAT(failure("{\"input_ids\": [1, 2]}"), HasSubstr("loss_mask"));
  EXPECT_THAT(failure("{\"input_ids\": 7, \"loss_mask\": [0]}"), HasSubstr("list"));
}

TEST_F(DatasetTest, NothingToTrainOnIsAnError) {
  EXPECT_THAT(failure(""), HasSubstr("nothing to train on"));
  EXPECT_THAT(failure("{\"input_ids\": [1, 2], \"loss_mask\": [1, 0]}"), HasSubstr("1 without a trained token"));
  EXPECT_THROW(read_dataset({{nullptr, folder_ / "absent.jsonl"}}, options_, {}), DataError);
}

TEST_F(DatasetTest, ATemplateThatNamesTheLanguageNeedsOne) {
  options_.template_name = "plain";
  EXPECT_THAT(failure(R"({"text": "a", "code": "b"})"), AllOf(HasSubstr("rows.jsonl:1"), HasSubstr("language")));
  EXPECT_EQ(read(R"({"text": "a", "code": "b", "language": "python"})").samples.size(), 1U);
}

TEST(ParseDataSource, TakesALanguageBeforeTheSign) {
  EXPECT_EQ(parse_data_source("C++=x.jsonl").language, language("cpp"));
  EXPECT_EQ(parse_data_source("C++=x.jsonl").path, "x.jsonl");
  EXPECT_EQ(parse_data_source("x.jsonl").language, nullptr);
  EXPECT_EQ(parse_data_source("runs/lr=3/x.jsonl").path, "runs/lr=3/x.jsonl");
  EXPECT_THROW(parse_data_source("cobol=x.jsonl"), ConfigError);
  EXPECT_THROW(parse_data_source("python="), ConfigError);
  EXPECT_THROW(parse_data_source(""), ConfigError);
}

TEST(SplitHeldOut, ChoosesByContentWhateverTheOrder) {
  std::vector<Sample> samples;
  for (std::int32_t i = 0; i < 400; ++i) samples.push_back({{1, i % 200, 2}, {0, 1, 1}, nullptr});
  std::vector<Sample> reversed(samples.rbegin(), samples.rend());
  std::vector<Sample> held_out = split_held_out(samples, 0.25);
  std::vector<Sample> held_out_reversed = split_held_out(reversed, 0.25);
  EXPECT_EQ(samples.size() + held_out.size(), 400U);
  EXPECT_NEAR(static_cast<double>(held_out.size()), 100, 40);
  EXPECT_EQ(held_out.size() % 2, 0U);  // equal rows stay together
  ASSERT_EQ(held_out.size(), held_out_reversed.size());
  EXPECT_EQ(held_out.front().ids, held_out_reversed.back().ids);
}

TEST(SplitHeldOut, FewRowsGiveBothSidesOne) {
  for (const double fraction : {1e-9, 0.999999}) {
    std::vector<Sample> samples;
    for (std::int32_t i = 0; i < 3; ++i) samples.push_back({{1, i, 2}, {0, 1, 1}, nullptr});
    EXPECT_EQ(split_held_out(samples, fraction).size(), fraction < 0.5 ? 1U : 2U);
    EXPECT_EQ(samples.size(), fraction < 0.5 ? 2U : 1U);
  }
  std::vector<Sample> equal(3, Sample{{1, 5, 2}, {0, 1, 1}, nullptr});
  EXPECT_THROW(split_held_out(equal, 0.5), DataError);
}

TEST_F(DatasetTest, DetokenisedCodeIsSourceText) {
  const std::string rows =
      R"({"text": "t", "language": "python", "code": "if x : NEW_LINE INDENT print ( ' a ▁ b ' ) NEW_LINE"}
{"text": "if NEW_LINE", "language": "C++", "code": "#include <a> NEW_LINE if ( x == 0 y == 1 ) f ( ' ' ) ;"}
{"prompt": "p", "completion": "a NEW_LINE b", "language": "python"}
)";
  const auto& tokenizer = golden_tokenizer();
  options_.template_name = "none";
  const auto ids = [&](const char* prompt, const char* answer) {
    return joined({{tokenizer.bos_id()}, tokenizer.encode(prompt), tokenizer.encode(answer), {tokenizer.eos_id()}});
  };
  EXPECT_EQ(read(rows).samples[0].ids, ids("t", "if x : NEW_LINE INDENT print ( ' a ▁ b ' ) NEW_LINE"))
      << "not unasked";
  EXPECT_EQ(read(rows).stats.num_detokenized, 0);

  options_.detokenize_xlcost = true;
  const Dataset dataset = read(rows);
  EXPECT_EQ(dataset.samples[0].ids, ids("t", "if x :\n    print ( 'a b' )\n"));
  EXPECT_EQ(dataset.samples[1].ids, ids("if NEW_LINE", "#include <a>\nif ( x == 0 y == 1 ) f ( '' ) ;"))
      << "the code alone, damage not repaired";
  EXPECT_EQ(dataset.samples[2].ids, ids("p", "a NEW_LINE b")) << "these are used as they are";
  EXPECT_EQ(dataset.stats.num_detokenized, 2);
  EXPECT_EQ(dataset.stats.num_damaged, 1);
  EXPECT_EQ(dataset.stats.num_by_damage,
            (std::map<std::string, std::int64_t>{{"lost_operator", 1}, {"lost_string", 1}}));
}

TEST_F(DatasetTest, DetokenisingNeedsTheLanguage) {
  options_.template_name = "none";
  options_.detokenize_xlcost = true;
  const std::string row = R"({"text": "t", "code": "x NEW_LINE"})";
  EXPECT_THAT(failure(row), AllOf(HasSubstr("rows.jsonl:1"), HasSubstr("language")));
  EXPECT_EQ(read(row, language("python")).stats.num_detokenized, 1);
  options_.language = language("java");
  EXPECT_EQ(read(row).stats.num_detokenized, 1);
}

}  // namespace
}  // namespace quartet::data
