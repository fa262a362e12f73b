#include "quartet/tokenizer/prompt_format.h"

#include <gtest/gtest.h>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::tokenizer {
namespace {

const Tokenizer& golden_tokenizer() {
  static const Tokenizer tokenizer = Tokenizer::load(quartet::testing::golden("tokenizer/tokenizer.model"));
  return tokenizer;
}

TokenIds concat(std::initializer_list<TokenIds> parts) {
  TokenIds result;
  for (const TokenIds& part : parts) result.insert(result.end(), part.begin(), part.end());
  return result;
}

TEST(PromptFormat, Texts) {
  const base::Language* cpp = base::find_language("cpp");
  EXPECT_EQ(PromptFormat("none").prompt_text("a", nullptr), "a");
  EXPECT_EQ(PromptFormat("study").prompt_text("Write a C++ program to add", cpp),
            "[INST] Write a C++ program to add [/INST]");
  EXPECT_EQ(PromptFormat("plain").prompt_text("add", cpp), "// C++: add\n");
  EXPECT_EQ(PromptFormat("plain").prompt_text("add", base::find_language("python")), "# Python: add\n");
  EXPECT_EQ(PromptFormat("study").answer_text(" x "), " x ");
  EXPECT_EQ(PromptFormat("mistral-v3").answer_text(" x  "), " x");
  EXPECT_EQ(PromptFormat("mistral-v2").answer_text("  "), "");
}

TEST(PromptFormat, Ids) {
  const Tokenizer& tokenizer = golden_tokenizer();
  const TokenIds bos = {tokenizer.bos_id()};
  EXPECT_EQ(PromptFormat("none").prompt_ids(tokenizer, "", nullptr), bos);
  EXPECT_EQ(PromptFormat("none").prompt_ids(tokenizer, "", nullptr, false), TokenIds{});
  const TokenIds instruct = concat({bos, tokenizer.encode("[INST] sum [/INST]")});
  EXPECT_EQ(PromptFormat("study").prompt_ids(tokenizer, "sum", nullptr), instruct);
  EXPECT_EQ(PromptFormat("mistral-v1").prompt_ids(tokenizer, "sum", nullptr), instruct);
  for (const char* name : {"mistral-v2", "mistral-v3"}) {
    EXPECT_EQ(PromptFormat(name).prompt_ids(tokenizer, "sum </s>", nullptr),
              concat({bos, {3}, tokenizer.encode("sum </s>"), {4}}));
  }
  EXPECT_EQ(PromptFormat("study").answer_ids(tokenizer, "return x"), tokenizer.encode("return x"));
}

TEST(PromptFormat, Errors) {
  EXPECT_THROW(PromptFormat("studdy"), ConfigError);
  EXPECT_THROW(PromptFormat("plain").prompt_text("a", nullptr), DataError);
  EXPECT_TRUE(PromptFormat("plain").needs_language());
  EXPECT_FALSE(PromptFormat("study").needs_language());
}

TEST(PromptFormat, ControlTokensMustExist) {
  const auto path = quartet::testing::shared_data("mistral-tokenizer/tokenizer.model");
  if (!path) GTEST_SKIP() << "the Mistral tokenizer (shared data/mistral-tokenizer) is not here";
  const Tokenizer tokenizer = Tokenizer::load(*path);  // version 1 has no [INST] piece
  EXPECT_THROW(PromptFormat("mistral-v3").prompt_ids(tokenizer, "a", nullptr), CheckpointError);
}

}  // namespace
}  // namespace quartet::tokenizer
