#include "quartet/base/text.h"

#include <gtest/gtest.h>

namespace quartet::base {
namespace {

using namespace std::string_literals;

TEST(Text, Sha256OfFips180Vectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Text, Sha256AroundBlockEnds) {  // the padding needs a second block from 56 bytes on
  EXPECT_EQ(sha256_hex(std::string(55, 'a')), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(sha256_hex(std::string(56, 'a')), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  EXPECT_EQ(sha256_hex(std::string(64, 'a')), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST(Text, SplitAndJoin) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(join(split("a,b,c", ','), " + "), "a + b + c");
  EXPECT_EQ(replace_all("a{x}b{x}", "{x}", "{x}{x}"), "a{x}{x}b{x}{x}");
  EXPECT_EQ(to_lower("C++ Ä"), "c++ Ä");
}

TEST(Text, NearestName) {
  const std::vector<std::string> names = {"weight", "density", "lr", "max_length"};
  EXPECT_EQ(nearest("weigth", names), "weight");
  EXPECT_EQ(nearest("max-lenght", names), "max_length");
  EXPECT_EQ(nearest("lrr", names), "lr");
  EXPECT_EQ(nearest("temperature", names), std::nullopt);
  EXPECT_EQ(nearest("xy", names), std::nullopt);
  EXPECT_EQ(did_you_mean("densty", names), " (did you mean 'density'?)");
  EXPECT_EQ(did_you_mean("q", names), "");
}

TEST(Text, Utf8Validity) {
  EXPECT_TRUE(is_valid_utf8("a\0b"s));
  EXPECT_TRUE(is_valid_utf8("ä日😂\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xE0\x9F\xBF"));      // overlong
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(is_valid_utf8("a\x80"));
  EXPECT_FALSE(is_valid_utf8("\xE6\x97"));
}

TEST(Text, EveryMalformedByteIsReplaced) {
  EXPECT_EQ(to_valid_utf8("\x61\xFF\x62\xE6\x97\x78"), "a\uFFFDb\uFFFD\uFFFDx");
  EXPECT_EQ(to_valid_utf8("日\xED\xA0\x80"), "日\uFFFD\uFFFD\uFFFD");
}

TEST(Text, Utf8ThatMayContinue) {
  EXPECT_TRUE(utf8_can_continue("\xE6\x97", 0));
  EXPECT_TRUE(utf8_can_continue("a\xF0", 1));
  EXPECT_FALSE(utf8_can_continue("\xE6\x97\xA5", 0));  // complete
  EXPECT_FALSE(utf8_can_continue("\xE6x", 0));
  EXPECT_FALSE(utf8_can_continue("\xE0\x80", 0));  // no second byte like this
  EXPECT_FALSE(utf8_can_continue("\x97", 0));
}

TEST(Text, ExcerptIsOneLineAndCutBetweenCharacters) {
  EXPECT_EQ(excerpt("a\tb\nc\x01"), "\"a\\tb\\nc\\x01\"");
  EXPECT_EQ(excerpt("日本語", 7), "\"日本…\"");
  EXPECT_EQ(excerpt("\xFFz"), "\"\\xFFz\"");
}

TEST(Text, FormatsForPeople) {
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1.5e9), "1.50 GB");
  EXPECT_EQ(format_bytes(999'600), "1.00 MB");
  EXPECT_EQ(format_bytes(14.5e9), "14.5 GB");
  EXPECT_EQ(format_duration(12.34), "12.3 s");
  EXPECT_EQ(format_duration(185), "3 min 05 s");
  EXPECT_EQ(format_duration(7380), "2 h 03 min");
}

}  // namespace
}  // namespace quartet::base
