#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "support/test_files.h"

namespace quartet::checkpoint {
namespace {

using testing::read_bytes;
using testing::TempDir;

at::ScalarType scalar_type(const std::string& name) {
  const std::map<std::string, at::ScalarType> types{
      {"BOOL", at::kBool}, {"U8", at::kByte},       {"I8", at::kChar},  {"I16", at::kShort}, {"I32", at::kInt},
      {"I64", at::kLong},  {"BF16", at::kBFloat16}, {"F16", at::kHalf}, {"F32", at::kFloat}, {"F64", at::kDouble}};
  return types.at(name);
}

at::Tensor from_hex(const std::string& hex, at::ScalarType type, const std::vector<std::int64_t>& shape) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  at::Tensor value = at::empty(shape, type);
  EXPECT_EQ(value.nbytes(), bytes.size());
  if (!bytes.empty()) std::memcpy(value.data_ptr(), bytes.data(), bytes.size());
  return value;
}

nlohmann::json golden_cases() {
  return nlohmann::json::parse(read_bytes(testing::golden("safetensors/inputs.json")));
}

TEST(SafetensorsWriter, FilesAreByteEqualToTheReferenceWriters) {
  const TempDir dir;
  std::size_t num_cases = 0;
  for (const auto& item : golden_cases()) {
    const std::string file = item["file"];
    std::map<std::string, std::string> metadata;
    if (!item["metadata"].is_null()) metadata = item["metadata"].get<std::map<std::string, std::string>>();
    std::vector<PlannedTensor> plan;
    for (const auto& t : item["tensors"]) plan.push_back({t["name"], scalar_type(t["dtype"]), t["shape"]});
    SafetensorsWriter writer(dir / file, plan, metadata);
    for (const auto& t : item["tensors"]) {
      writer.write(t["name"], from_hex(t["hex"], scalar_type(t["dtype"]), t["shape"]));
    }
    writer.commit();
    EXPECT_EQ(read_bytes(dir / file), read_bytes(testing::golden("safetensors/" + file))) << file;
    ++num_cases;
  }
  EXPECT_EQ(num_cases, 20U);
}

TEST(SafetensorsReader, ReadsTheReferenceWritersFiles) {
  for (const auto& item : golden_cases()) {
    const std::string name = item["file"];
    const auto file = SafetensorsFile::open(testing::golden("safetensors/" + name));
    EXPECT_EQ(file->entries().size(), item["tensors"].size()) << name;
    const nlohmann::json metadata = file->metadata();
    EXPECT_EQ(metadata, item["metadata"].is_null() ? nlohmann::json::object() : item["metadata"]) << name;
    for (const auto& t : item["tensors"]) {
      const at::Tensor want = from_hex(t["hex"], scalar_type(t["dtype"]), t["shape"]);
      const at::Tensor got = file->tensor(t["name"].get<std::string>());
      ASSERT_EQ(got.sizes(), want.sizes()) << name;
      ASSERT_EQ(got.scalar_type(), want.scalar_type()) << name;
      if (want.nbytes() == 0) continue;
      EXPECT_EQ(std::memcmp(got.contiguous().data_ptr(), want.data_ptr(), want.nbytes()), 0) << name;
    }
  }
}

TEST(SafetensorsWriter, RowsMayComeInAnyOrder) {
  const TempDir dir;
  const at::Tensor value = at::arange(24, at::kFloat).view({6, 4});
  SafetensorsWriter writer(dir / "a.safetensors", {{"x", at::kFloat, {6, 4}}, {"s", at::kLong, {}}});
  writer.write_rows("x", 4, value.slice(0, 4, 6));
  writer.write("s", at::scalar_tensor(7, at::kLong));
  writer.write_rows("x", 0, value.slice(0, 0, 1));
  writer.write_rows("x", 1, value.slice(0, 1, 4));
  writer.commit();
  const auto file = SafetensorsFile::open(dir / "a.safetensors");
  EXPECT_TRUE(at::equal(file->tensor("x"), value));
  EXPECT_EQ(file->tensor("s").item<std::int64_t>(), 7);
}

TEST(SafetensorsWriter, TransposedAndStridedTensorsAreWrittenAsTheyRead) {
  const TempDir dir;
  const at::Tensor value = at::arange(24, at::kFloat).view({6, 4}).t();
  SafetensorsWriter writer(dir / "a.safetensors", {{"x", at::kFloat, {4, 6}}});
  writer.write("x", value);
  writer.commit();
  EXPECT_TRUE(at::equal(SafetensorsFile::open(dir / "a.safetensors")->tensor("x"), value));
}

TEST(SafetensorsWriter, RefusesWhatWasNotPlanned) {
  const TempDir dir;
  EXPECT_THROW(SafetensorsWriter(dir / "a", {{"x", at::kFloat, {1}}, {"x", at::kFloat, {1}}}), StateError);
  SafetensorsWriter writer(dir / "b", {{"x", at::kFloat, {4, 2}}});
  EXPECT_THROW(writer.write("y", at::zeros({4, 2})), StateError);
  EXPECT_THROW(writer.write("x", at::zeros({2, 4})), StateError);
  EXPECT_THROW(writer.write("x", at::zeros({4, 2}, at::kHalf)), StateError);
  EXPECT_THROW(writer.write_rows("x", 3, at::zeros({2, 2})), StateError);
  EXPECT_THROW(writer.write_rows("x", -1, at::zeros({2, 2})), StateError);
  writer.write_rows("x", 1, at::zeros({2, 2}));
  EXPECT_THROW(writer.write_rows("x", 0, at::zeros({2, 2})), StateError);
  EXPECT_THROW(writer.write_rows("x", 2, at::zeros({1, 2})), StateError);
  EXPECT_THROW(writer.commit(), StateError) << "rows 0 and 3 are missing";
}

TEST(SafetensorsWriter, NothingIsLeftWithoutCommit) {
  const TempDir dir;
  {
    SafetensorsWriter writer(dir / "a.safetensors", {{"x", at::kFloat, {4}}});
    writer.write("x", at::zeros({4}));
    EXPECT_FALSE(std::filesystem::exists(dir / "a.safetensors"));
  }
  EXPECT_TRUE(testing::list_directory(dir.path()).empty());
}

TEST(SafetensorsWriter, ImpossiblePlaceAndSizeAreResourceErrors) {
  const TempDir dir;
  testing::write_bytes(dir / "file", "");
  EXPECT_THROW(SafetensorsWriter(dir / "file" / "a", {{"x", at::kFloat, {1}}}), ResourceError);
  EXPECT_THROW(SafetensorsWriter(dir / "a", {{"x", at::kFloat, {std::int64_t{1} << 58}}}), ResourceError);
}

}  // namespace
}  // namespace quartet::checkpoint
