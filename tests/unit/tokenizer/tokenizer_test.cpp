#include "quartet/tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <cstring>

#include "quartet/base/error.h"
#include "quartet/base/rng.h"
#include "quartet/base/text.h"
#include "support/test_files.h"

namespace quartet::tokenizer {
namespace {

using namespace std::string_literals;
namespace qt = quartet::testing;

const Tokenizer& golden_tokenizer() {
  static const Tokenizer tokenizer = Tokenizer::load(qt::golden("tokenizer/tokenizer.model"));
  return tokenizer;
}

/// Little-endian records of tests/golden/README.md.
class Records {
 public:
  explicit Records(const char* name) : bytes_(qt::read_bytes(qt::golden(name))) {}
  bool done() const { return at_ == bytes_.size(); }
  std::size_t number() {
    const std::string pair = text(2);
    return static_cast<unsigned char>(pair[0]) | static_cast<std::size_t>(static_cast<unsigned char>(pair[1])) << 8;
  }
  std::string text(std::size_t size) {
    if (at_ + size > bytes_.size()) throw std::runtime_error("golden file is cut");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  TokenIds ids() {
    TokenIds result(number());
    for (std::int64_t& id : result) id = static_cast<std::int64_t>(number());
    return result;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

std::string stream(const Tokenizer& tokenizer, const TokenIds& ids) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (const std::int64_t id : ids) {
    const std::string part = decoder.push(id);
    EXPECT_TRUE(base::is_valid_utf8(part));
    text += part;
  }
  return text + decoder.flush();
}

TEST(Tokenizer, EncodesAndDecodesAsSentencePiece) {
  Records records("tokenizer/encode.bin");
  std::size_t num_strings = 0;
  while (!records.done()) {
    const std::string text = records.text(records.number());
    const TokenIds ids = records.ids();
    const std::size_t size = records.number();
    const std::string decoded = size == 65535 ? text : records.text(size);
    ASSERT_EQ(golden_tokenizer().encode(text), ids) << base::excerpt(text, 500);
    ASSERT_EQ(golden_tokenizer().decode(ids), decoded) << base::excerpt(text, 500);
    ASSERT_EQ(stream(golden_tokenizer(), ids), decoded) << base::excerpt(text, 500);
    ++num_strings;
  }
  EXPECT_GE(num_strings, 10'000U);
}

TEST(Tokenizer, DecodesAnyIdsAsSentencePiece) {
  Records records("tokenizer/decode.bin");
  std::size_t num_lists = 0;
  while (!records.done()) {
    const TokenIds ids = records.ids();
    const std::string text = records.text(records.number());
    ASSERT_EQ(golden_tokenizer().decode(ids), text) << num_lists;
    ASSERT_EQ(stream(golden_tokenizer(), ids), text) << num_lists;
    ++num_lists;
  }
  EXPECT_GE(num_lists, 2'000U);
}

TEST(Tokenizer, IdsOfSpecialTokens) {
  const Tokenizer& tokenizer = golden_tokenizer();
  EXPECT_EQ(tokenizer.vocab_size(), 512);
  EXPECT_EQ(tokenizer.unk_id(), 0);
  EXPECT_EQ(tokenizer.bos_id(), 1);
  EXPECT_EQ(tokenizer.eos_id(), 2);
  EXPECT_EQ(tokenizer.control_id("[INST]"), 3);
  EXPECT_EQ(tokenizer.control_id("=>"), std::nullopt);  // user-defined, no control piece
  EXPECT_EQ(tokenizer.kind(0), PieceKind::kUnknown);
  EXPECT_EQ(tokenizer.kind(1), PieceKind::kControl);
  EXPECT_EQ(tokenizer.kind(8), PieceKind::kByte);
  EXPECT_EQ(tokenizer.piece(8), "<0x00>");
  for (const char* text : {"<s>", "</s>", "[INST] x [/INST]", "<unk>", "<0x0A>"}) {
    for (const std::int64_t id : tokenizer.encode(text)) {
      EXPECT_TRUE(tokenizer.kind(id) == PieceKind::kText || tokenizer.kind(id) == PieceKind::kByte) << text;
    }
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

TEST(Tokenizer, RoundTripOfAnyUnicodeText) {
  base::Rng rng(1, "round trip");
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(20); n > 0; --n) {
      const std::uint64_t point = rng.below(4) == 0 ? rng.below(0x110000) : rng.below(0x80);
      if (point < 0x80) {
        text += static_cast<char>(point);
      } else if (point >= 0x10000) {
        text += {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 63)),
                 static_cast<char>(0x80 | (point >> 6 & 63)), static_cast<char>(0x80 | (point & 63))};
      } else if (point >= 0x800 && (point < 0xD800 || point > 0xDFFF) && point != 0x2581) {
        text += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 63)),
                 static_cast<char>(0x80 | (point & 63))};
      }
    }
    ASSERT_EQ(golden_tokenizer().decode(golden_tokenizer().encode(text)), text) << base::excerpt(text, 500);
  }
  EXPECT_EQ(golden_tokenizer().decode(golden_tokenizer().encode("a\0b\0"s)), "a\0b\0"s);
}

/// The reference for answers: the whole text without the part that both decodings share.
std::string answer_by_whole_text(const Tokenizer& tokenizer, const TokenIds& prompt, const TokenIds& answer) {
  TokenIds all = prompt;
  all.insert(all.end(), answer.begin(), answer.end());
  const std::string before = tokenizer.decode(prompt);
  const std::string whole = tokenizer.decode(all);
  if (whole.starts_with(before)) return whole.substr(before.size());
  std::size_t same = 0;  // the prompt's last bytes became a character with the answer's first ones
  while (same < before.size() && before[same] == whole[same]) ++same;
  while (same > 0 && (whole[same] & 0xC0) == 0x80) --same;
  return whole.substr(same);
}

TEST(StreamDecoder, AnswersOfRandomIdsEqualTheWholeText) {
  const Tokenizer& tokenizer = golden_tokenizer();
  base::Rng rng(2, "answers");
  const auto random_ids = [&] {
    TokenIds ids(rng.below(12));
    for (std::int64_t& id : ids)
      id = static_cast<std::int64_t>(rng.below(3) == 0 ? 8 + rng.below(256) : rng.below(512));
    return ids;
  };
  for (int i = 0; i < 20'000; ++i) {
    const TokenIds prompt = random_ids();
    const TokenIds answer = random_ids();
    ASSERT_EQ(tokenizer.decode_answer(prompt, answer), answer_by_whole_text(tokenizer, prompt, answer)) << i;
  }
}

TEST(StreamDecoder, KeepsTheBlankAfterThePromptAndWholeCharacters) {
  const Tokenizer& tokenizer = golden_tokenizer();
  TokenIds prompt = {tokenizer.bos_id()};
  const TokenIds answer = tokenizer.encode("日b");
  EXPECT_EQ(tokenizer.decode_answer(prompt, answer), "日b");  // the dummy prefix at the very start
  const TokenIds words = tokenizer.encode("a");
  prompt.insert(prompt.end(), words.begin(), words.end());
  EXPECT_EQ(tokenizer.decode_answer(prompt, answer), " 日b");

  const TokenIds bytes = {8 + 0xE6, 8 + 0x97, 8 + 0xA5, 8 + 0xE6};
  StreamDecoder decoder(tokenizer);
  EXPECT_EQ(decoder.push(bytes[0]), "");
  EXPECT_EQ(decoder.push(bytes[1]), "");
  EXPECT_EQ(decoder.push(bytes[2]), "日");
  EXPECT_EQ(decoder.push(bytes[3]), "");
  EXPECT_EQ(decoder.flush(), "\uFFFD");
  EXPECT_EQ(tokenizer.decode_answer(TokenIds{bytes[0]}, TokenIds{bytes[1], bytes[2]}), "日");
}

TEST(StreamDecoder, IdsOfAPaddedVocabularyHaveNoText) {
  StreamDecoder decoder(golden_tokenizer());
  EXPECT_EQ(decoder.push(8 + 0xE6), "");
  EXPECT_EQ(decoder.push(512), "\uFFFD");  // ends the unfinished character like any other token
  EXPECT_EQ(decoder.push(100'000), "");
}

TEST(Tokenizer, RefusesIdsOutOfRange) {
  EXPECT_THROW(golden_tokenizer().decode(TokenIds{512}), DataError);
  EXPECT_THROW(golden_tokenizer().decode(TokenIds{-1}), DataError);
  EXPECT_THROW(golden_tokenizer().piece(std::int64_t{1} << 40), DataError);
  EXPECT_THROW(StreamDecoder(golden_tokenizer()).push(-1), DataError);
}

std::string load_error(const std::filesystem::path& path) {
  try {
    Tokenizer::load(path);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tokenizer, MissingOrDamagedFiles) {
  const qt::TempDir dir;
  EXPECT_NE(load_error(dir.path()).find("tokenizer.model: cannot open"), std::string::npos);
  qt::write_bytes(dir / "tokenizer.json", "{}");
  EXPECT_NE(load_error(dir.path()).find("tokenizer.model (SentencePiece) is needed"), std::string::npos);
  const std::string good = qt::read_bytes(qt::golden("tokenizer/tokenizer.model"));
  for (const std::string& bad :
       {""s, "garbage"s, good.substr(0, good.size() / 2 + 1), "version https://git-lfs.github.com/spec/v1\n"s}) {
    qt::write_bytes(dir / "tokenizer.model", bad);
    const std::string error = load_error(dir.path());
    EXPECT_NE(error.find((dir / "tokenizer.model").string()), std::string::npos) << error;
  }
  qt::write_bytes(dir / "tokenizer.model", good);
  EXPECT_EQ(Tokenizer::load(dir.path()).vocab_size(), 512);
}

TEST(Tokenizer, MistralIdsOfTheReference) {
  const auto path = qt::shared_data("mistral-tokenizer/tokenizer.model");
  if (!path) GTEST_SKIP() << "the Mistral tokenizer (shared data/mistral-tokenizer) is not here";
  const Tokenizer tokenizer = Tokenizer::load(*path);
  ASSERT_EQ(tokenizer.vocab_size(), 32000);
  const std::vector<std::pair<std::string, TokenIds>> cases = {
      {"Hello", {22557}},
      {" Hello", {28705, 22557}},
      {"Hello ", {22557, 28705}},
      {"▁Hello", {28705, 22557}},
      {"Hello world", {22557, 1526}},
      {"Hello, how are you?", {22557, 28725, 910, 460, 368, 28804}},
      {"[INST] Hello [/INST]", {733, 16289, 28793, 22557, 733, 28748, 16289, 28793}},
      {" [INST] Hello [/INST]", {28705, 733, 16289, 28793, 22557, 733, 28748, 16289, 28793}},
      {"<s>[INST] hi", {523, 28713, 28767, 28792, 16289, 28793, 12014}},
      {"Hello <s>.", {22557, 523, 28713, 13902}},
      {"Hello</s>", {22557, 700, 28713, 28767}},
      {".", {842}},
      {"hi", {12014}},
      {" hi", {28705, 12014}},
      {"def f(x):", {801, 285, 28732, 28744, 1329}},
      {"    return x", {260, 604, 1318}},
      {"x  y", {1318, 28705, 337}},
      {"a" + std::string(16, ' ') + "b", {264, 1417, 28705, 287}},
      {std::string(20, ' ') + "x", {359, 260, 1318}},
      {"5 + 3 = 8", {28705, 28782, 648, 28705, 28770, 327, 28705, 28783}},
      {"line1\tTab", {1407, 28740, 12, 7560}},
      {"日本語🙂", {28705, 29142, 29119, 30321, 29340}},
      {"a\xFF"
       "b\xE6\x97x",
       {264, 29137, 28726, 29137, 29137, 28744}},
      {"a\0b"s, {264, 3, 28726}},
      {"", {}},
  };
  for (const auto& [text, ids] : cases) EXPECT_EQ(tokenizer.encode(text), ids) << base::excerpt(text);

  const std::vector<std::pair<TokenIds, std::string>> decodings = {
      {{28705, 22557}, " Hello"},
      {{28705, 13, 22557}, "\n Hello"},
      {{0}, " ⁇ "},
      {{22557}, "Hello"},
      {{1, 22557, 2, 22557}, "Hello Hello"},
      {{16230, 28705, 16230}, "Hello Hello"},
      {{264, 242, 162, 28726}, "a\uFFFD\uFFFDb"},
      {{233, 155, 162, 28726}, "星b"},
      {{29142, 243, 162, 155, 133}, "日😂"},
  };
  for (const auto& [ids, text] : decodings) {
    EXPECT_EQ(tokenizer.decode(ids), text);
    EXPECT_EQ(stream(tokenizer, ids), text);
  }
  base::Rng rng(3, "mistral");
  for (int i = 0; i < 5000; ++i) {
    TokenIds ids(rng.below(16));
    for (std::int64_t& id : ids) id = static_cast<std::int64_t>(rng.below(rng.below(2) == 0 ? 300 : 32000));
    ASSERT_EQ(stream(tokenizer, ids), tokenizer.decode(ids)) << i;
  }
}

}  // namespace
}  // namespace quartet::tokenizer
