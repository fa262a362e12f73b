#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "quartet/base/error.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "support/test_files.h"

// Damaged and hostile files. Each must be a CheckpointError that names the file, the tensor where there is one, and a
// cause; nothing outside the file may be read (the sanitizer build watches that).
namespace quartet::checkpoint {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TempDir;

std::string le64(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}

std::string with_header(const std::string& header, std::size_t payload_bytes) {
  return le64(header.size()) + header + std::string(payload_bytes, '\x01');
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

struct Corruption {
  const char* name;
  std::string bytes;
  const char* says;         // part of the message
  const char* tensor = "";  // which it must name
};

std::vector<Corruption> corruptions() {
  const std::string good = entry("w", "F32", "[2]", "[0,8]");
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  const std::string aliases = "{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F32", "[2]", "[0,8]") + "," +
                              entry("c", "F32", "[2]", "[0,8]") + "}";
  return {
      // The 24 cases of the format's known attacks (the last is an index and stands in its own test).
      {"c01_empty_file", "", "at least 8"},
      {"c02_seven_bytes", std::string(7, '\0'), "at least 8"},
      {"c03_header_length_max", le64(~std::uint64_t{0}) + "{}", "at most 100000000"},
      {"c04_header_length_above_cap", le64(100'000'001) + "{}", "at most 100000000"},
      {"c05_header_longer_than_file", le64(1000) + "{}", "incomplete download"},
      {"c06_header_not_utf8", with_header("\x80", 0), "no valid JSON"},
      {"c07_header_not_object", with_header("[1,2]", 0), "expected an object"},
      {"c08_deep_nesting", with_header(nested, 0), "", "a"},
      {"c09_overlap",
       with_header("{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F32", "[2]", "[4,12]") + "}", 12),
       "overlap", "b"},
      {"c10_aliases", with_header(aliases, 8), "overlap"},
      {"c11_one_byte_hole",
       with_header("{" + entry("a", "U8", "[2]", "[0,2]") + "," + entry("b", "U8", "[2]", "[3,5]") + "}", 5), "a hole",
       "b"},
      {"c12_begin_after_end", with_header("{" + entry("w", "F32", "[2]", "[8,0]") + "}", 8), "before its begin", "w"},
      {"c13_shape_overflow", with_header("{" + entry("w", "F32", "[4294967296,4294967296,2]", "[0,8]") + "}", 8),
       "64 bits", "w"},
      {"c14_extent_does_not_fit_shape", with_header("{" + entry("w", "F32", "[3]", "[0,8]") + "}", 8), "needs 12 bytes",
       "w"},
      {"c15_truncated_by_one", with_header("{" + good + "}", 7), "incomplete download", "w"},
      {"c16_one_byte_appended", with_header("{" + good + "}", 9), "appended", "w"},
      {"c17_duplicate_tensor",
       with_header("{" + entry("w", "U8", "[4]", "[0,4]") + "," + entry("w", "U8", "[4]", "[4,8]") + "}", 8),
       "appears twice", "w"},
      {"c18_unknown_dtype", with_header("{" + entry("w", "F128", "[2]", "[0,8]") + "}", 8), "unknown dtype \"F128\"",
       "w"},
      {"c19_metadata_value_is_number", with_header("{\"__metadata__\":{\"format\":1}," + good + "}", 8),
       "expected a string", "__metadata__"},
      {"c20a_negative_dim", with_header("{" + entry("w", "F32", "[-2]", "[0,8]") + "}", 8), "the number -2", "w"},
      {"c20b_fractional_dim", with_header("{" + entry("w", "F32", "[2.0]", "[0,8]") + "}", 8), "the number 2.0", "w"},
      {"c21_f4_odd_count", with_header("{" + entry("w", "F4", "[3]", "[0,1]") + "}", 1), "whole number of bytes", "w"},
      {"c22_tensor_named_metadata", with_header("{" + entry("__metadata__", "F32", "[2]", "[0,8]") + "}", 8), "a list",
       "__metadata__"},
      {"c23_lone_surrogate", with_header("{" + entry("\\ud800", "F32", "[2]", "[0,8]") + "}", 8), "no valid JSON"},
      // Ours.
      {"header_length_zero", le64(0), "no valid JSON"},
      {"header_empty_with_payload", with_header("", 8), "no valid JSON"},
      {"header_ends_early", with_header("{" + good, 8), "no valid JSON"},
      {"header_has_nul_inside", with_header("{" + good + "}" + std::string("\0}", 2), 8), "no JSON"},
      {"header_has_text_behind", with_header("{" + good + "} {}", 8), "no valid JSON"},
      {"header_has_byte_order_mark", with_header("\xEF\xBB\xBF{" + good + "}", 8), "no JSON"},
      {"header_has_comment", with_header("{/**/" + good + "}", 8), "no valid JSON"},
      {"header_is_null", with_header("null", 0), "expected an object"},
      {"header_is_number", with_header("1", 0), "expected an object"},
      {"deep_list", with_header(std::string(100'000, '['), 0), "expected an object"},
      {"deep_list_in_shape", with_header("{\"w\":{\"shape\":" + std::string(100'000, '[') + "}}", 0), "a list", "w"},
      {"tensor_is_null", with_header("{\"w\":null}", 0), "expected an object", "w"},
      {"tensor_is_list", with_header("{\"w\":[]}", 0), "expected an object", "w"},
      {"tensor_is_empty", with_header("{\"w\":{}}", 0), "missing", "w"},
      {"dtype_is_missing", with_header(R"({"w":{"shape":[2],"data_offsets":[0,8]}})", 8), "missing", "w"},
      {"shape_is_missing", with_header(R"({"w":{"dtype":"F32","data_offsets":[0,8]}})", 8), "missing", "w"},
      {"offsets_are_missing", with_header(R"({"w":{"dtype":"F32","shape":[2]}})", 8), "missing", "w"},
      {"unknown_field", with_header(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":"y"}})", 8),
       "unknown field \"x\"", "w"},
      {"duplicate_field", with_header(R"({"w":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})", 8),
       "duplicate field", "w"},
      {"duplicate_metadata", with_header("{\"__metadata__\":{},\"__metadata__\":{}," + good + "}", 8), "appears twice"},
      {"duplicate_metadata_key", with_header(R"({"__metadata__":{"a":"1","a":"2"}})", 0), "duplicate key"},
      {"nested_metadata", with_header(R"({"__metadata__":{"a":{}}})", 0), "expected a string"},
      {"metadata_is_list", with_header(R"({"__metadata__":[]})", 0), "expected an object"},
      {"dtype_is_number", with_header(R"({"w":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", 8), "expected a string",
       "w"},
      {"dtype_is_lower_case", with_header("{" + entry("w", "f32", "[2]", "[0,8]") + "}", 8), "unknown dtype", "w"},
      {"shape_is_number", with_header("{" + entry("w", "F32", "2", "[0,8]") + "}", 8), "list of integers", "w"},
      {"shape_holds_string", with_header("{" + entry("w", "F32", "[\"2\"]", "[0,8]") + "}", 8), "the string \"2\"",
       "w"},
      {"shape_holds_exponent", with_header("{" + entry("w", "F32", "[2e0]", "[0,8]") + "}", 8), "2e0", "w"},
      {"shape_holds_minus_zero", with_header("{" + entry("w", "F32", "[-0]", "[0,0]") + "}", 0),
       "integers of at least 0", "w"},
      {"shape_above_64_bits", with_header("{" + entry("w", "U8", "[18446744073709551617]", "[0,1]") + "}", 1),
       "the number", "w"},
      {"shape_above_63_bits", with_header("{" + entry("w", "U8", "[9223372036854775808]", "[0,1]") + "}", 1),
       "the dimension", "w"},
      {"empty_with_huge_dims", with_header("{" + entry("w", "U8", "[0,4611686018427387904,8]", "[0,0]") + "}", 0),
       "64 bits", "w"},
      {"offsets_one", with_header("{" + entry("w", "F32", "[2]", "[0]") + "}", 8), "fewer than 2", "w"},
      {"offsets_three", with_header("{" + entry("w", "F32", "[2]", "[0,8,8]") + "}", 8), "more than 2", "w"},
      {"offsets_negative", with_header("{" + entry("w", "F32", "[2]", "[-8,0]") + "}", 8), "the number -8", "w"},
      {"offsets_wrap_around", with_header("{" + entry("w", "U8", "[2]", "[18446744073709551615,1]") + "}", 2), "before",
       "w"},
      {"offsets_beyond_the_file",
       with_header("{" + entry("w", "U8", "[9007199254740992]", "[0,9007199254740992]") + "}", 8),
       "incomplete download", "w"},
      {"first_byte_unused", with_header("{" + entry("w", "U8", "[7]", "[1,8]") + "}", 8), "a hole", "w"},
      {"payload_without_tensors", with_header("{}", 8), "appended"},
      {"pickle", std::string("PK\x03\x04", 4) + std::string(100, '\x7f'), "no safetensors file"},
  };
}

class CorruptSafetensors : public ::testing::TestWithParam<Corruption> {};

TEST_P(CorruptSafetensors, IsACheckpointErrorThatNamesItsCause) {
  const Corruption& corruption = GetParam();
  const TempDir dir;
  const auto path = dir / "bad.safetensors";
  testing::write_bytes(path, corruption.bytes);
  try {
    SafetensorsFile::open(path);
    FAIL() << "was accepted";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("bad.safetensors"), HasSubstr(corruption.says), HasSubstr(corruption.tensor)));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_LT(std::string(error.what()).size(), 600U);
    EXPECT_EQ(error.exit_code(), ExitCode::kCheckpoint);
  }
}

INSTANTIATE_TEST_SUITE_P(All, CorruptSafetensors, ::testing::ValuesIn(corruptions()),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

// What is odd and allowed.
TEST(OddSafetensors, AreRead) {
  const TempDir dir;
  const auto open = [&](const std::string& bytes) {
    testing::write_bytes(dir / "odd.safetensors", bytes);
    return SafetensorsFile::open(dir / "odd.safetensors");
  };
  EXPECT_TRUE(open(with_header("{}", 0))->entries().empty());
  EXPECT_EQ(open(with_header("  {" + entry("w", "F32", "[2]", "[0,8]") + "}  \n", 8))->entries().size(), 1U);
  const std::string three = "{" + entry("b", "U8", "[3]", "[0,3]") + "," + entry("e", "F32", "[0,7]", "[3,3]") + "," +
                            entry("s", "F32", "[]", "[3,7]") + "}";
  const auto file = open(with_header(three, 7));
  EXPECT_EQ(file->tensor("e").sizes().vec(), (std::vector<std::int64_t>{0, 7}));
  EXPECT_EQ(file->tensor("s").dim(), 0);
  EXPECT_EQ(file->tensor("b").sum().item<std::int64_t>(), 3);
}

TEST(OddSafetensors, MisalignedPayloadIsCopied) {
  const TempDir dir;
  std::string header = "{" + entry("w", "F32", "[2]", "[0,8]") + "}";
  while (header.size() % 4 != 1) header += ' ';
  const float values[2] = {1.5F, -2.0F};
  testing::write_bytes(dir / "w", le64(header.size()) + header + std::string(reinterpret_cast<const char*>(values), 8));
  const at::Tensor w = SafetensorsFile::open(dir / "w")->tensor("w");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(w.const_data_ptr()) % 4, 0U);
  EXPECT_EQ(w[0].item<float>(), 1.5F);
  EXPECT_EQ(w[1].item<float>(), -2.0F);
}

TEST(OddSafetensors, AnyNonZeroByteIsTrue) {
  const TempDir dir;
  testing::write_bytes(dir / "w",
                       with_header("{" + entry("w", "BOOL", "[3]", "[0,3]") + "}", 0) + std::string("\0\x01\xff", 3));
  const at::Tensor w = SafetensorsFile::open(dir / "w")->tensor("w");
  EXPECT_FALSE(w[0].item<bool>());
  EXPECT_TRUE(w[1].item<bool>());
  EXPECT_TRUE(at::equal(w.to(at::kInt), at::tensor({0, 1, 1}, at::kInt)));
}

TEST(OddSafetensors, UnsupportedTypesAndRanksAreRefusedWhenAskedFor) {
  const TempDir dir;
  std::string ones = "[1";
  for (int i = 0; i < 100; ++i) ones += ",1";
  testing::write_bytes(dir / "w", with_header("{" + entry("f8", "F8_E4M3", "[4]", "[0,4]") + "," +
                                                  entry("deep", "U8", ones + "]", "[4,5]") + "}",
                                              5));
  const auto file = SafetensorsFile::open(dir / "w");
  EXPECT_THROW(file->tensor("f8"), CheckpointError);
  EXPECT_THROW(file->tensor("deep"), CheckpointError);
  EXPECT_THROW(file->tensor("absent"), CheckpointError);
}

TEST(OddSafetensors, DirectoriesAndPipesAreNoFiles) {
  const TempDir dir;
  EXPECT_THROW(SafetensorsFile::open(dir.path()), CheckpointError);
  EXPECT_THROW(SafetensorsFile::open(dir / "absent"), CheckpointError);
}

// Truncations of a real file are refused; with a changed header it is refused or read as other well-formed tensors.
TEST(OddSafetensors, DamagedHeadersNeverReadOutside) {
  const std::string good = testing::read_bytes(testing::golden("safetensors/mixed_dtypes.safetensors"));
  const TempDir dir;
  const auto try_all = [&](const std::string& bytes) {
    testing::write_bytes(dir / "w", bytes);
    try {
      const auto file = SafetensorsFile::open(dir / "w");
      for (const SafetensorsEntry& e : file->entries()) file->tensor(e.name).to(at::kDouble).sum();
      return true;
    } catch (const CheckpointError&) {
      return false;
    }
  };
  ASSERT_TRUE(try_all(good));
  for (std::size_t size = 0; size < good.size(); size += 13) EXPECT_FALSE(try_all(good.substr(0, size))) << size;
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, good.data(), 8);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < 8 + header_bytes; ++i) {
    std::string bytes = good;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
    refused += try_all(bytes) ? 0 : 1;
  }
  EXPECT_GT(refused, header_bytes / 2);
}

}  // namespace
}  // namespace quartet::checkpoint
