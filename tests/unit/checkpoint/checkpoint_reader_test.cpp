#include "quartet/checkpoint/checkpoint_reader.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "support/test_files.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TempDir;

// A writable copy of a golden model.
struct ModelCopy {
  TempDir dir;
  explicit ModelCopy(const std::string& name) {
    for (const auto& file : fs::directory_iterator(testing::golden("models/" + name))) {
      fs::copy_file(file.path(), dir / file.path().filename());
    }
  }
  void write(const std::string& file, const std::string& text) { testing::write_bytes(dir / file, text); }
  json index() const { return json::parse(testing::read_bytes(dir / "model.safetensors.index.json")); }
  void set_index(const json& value) { write("model.safetensors.index.json", value.dump()); }
  std::map<std::string, at::Tensor> tensors(const std::string& file = "model.safetensors") const {
    const auto source = SafetensorsFile::open(dir / file);
    std::map<std::string, at::Tensor> result;
    for (const SafetensorsEntry& entry : source->entries()) result[entry.name] = source->tensor(entry.name).clone();
    return result;
  }
  void set_tensors(const std::map<std::string, at::Tensor>& tensors, const std::string& file = "model.safetensors") {
    std::vector<PlannedTensor> plan;
    for (const auto& [name, value] : tensors) plan.push_back({name, value.scalar_type(), value.sizes().vec()});
    SafetensorsWriter writer(dir / file, plan);
    for (const auto& [name, value] : tensors) writer.write(name, value);
    writer.commit();
  }
};

// The message of the CheckpointError that opening and checking throws; empty if it throws none.
std::string failure(const fs::path& directory) {
  try {
    check_against_specs(*CheckpointReader::open(directory));
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_LT(std::string(error.what()).size(), 1200U);
    return error.what();
  }
  return "";
}

TEST(CheckpointReader, RefusesDirectoriesThatAreNoModel) {
  const TempDir dir;
  EXPECT_THAT(failure(dir / "absent"), AllOf(HasSubstr("absent"), HasSubstr("No such file")));
  EXPECT_THAT(failure(dir.path()), HasSubstr("no model directory"));
  testing::write_bytes(dir / "file", "");
  EXPECT_THAT(failure(dir / "file"), HasSubstr("is a file"));
  testing::write_bytes(dir / "adapter_config.json", "{}");
  EXPECT_THAT(failure(dir.path()), AllOf(HasSubstr("LoRA adapter"), HasSubstr("merge fold")));
}

TEST(CheckpointReader, RefusesPicklesWithTheCure) {
  for (const char* name : {"pytorch_model.bin", "consolidated.00.pth", "model.pt"}) {
    ModelCopy copy("mistral_gqa2");
    fs::remove(copy.dir / "model.safetensors");
    EXPECT_THAT(failure(copy.dir.path()), HasSubstr("incomplete download"));
    copy.write(name, "pickle");
    EXPECT_THAT(failure(copy.dir.path()),
                AllOf(HasSubstr(name), HasSubstr("pickles"), HasSubstr("safe_serialization")));
  }
}

TEST(CheckpointReader, RefusesBadConfigFiles) {
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  for (const std::string& text : {std::string(""), std::string("{"), std::string("[]"), std::string("\x80"), nested,
                                  std::string("{\"model_type\":\"mistral\",\"model_type\":\"mixtral\"}")}) {
    ModelCopy copy("mistral_gqa2");
    copy.write("config.json", text);
    EXPECT_THAT(failure(copy.dir.path()), HasSubstr("config.json")) << text.substr(0, 40);
  }
}

// Case 24 of the known attacks, and its relatives.
TEST(CheckpointReader, IndexMayNameOnlyPlainFiles) {
  for (const std::string& name :
       {std::string("../../etc/passwd"), std::string("/etc/passwd"), std::string("../model.safetensors"),
        std::string("a/b.safetensors"), std::string("a\\b.safetensors"), std::string(".."), std::string("."),
        std::string(""), std::string(".hidden.safetensors"), std::string("a\0.safetensors", 14),
        std::string(300, 'a') + ".safetensors"}) {
    ModelCopy copy("mistral_sharded");
    json index = copy.index();
    index["weight_map"]["model.norm.weight"] = name;
    copy.set_index(index);
    EXPECT_THAT(failure(copy.dir.path()), AllOf(HasSubstr("model.safetensors.index.json"),
                                                HasSubstr("model.norm.weight"), HasSubstr("no plain file name")))
        << name;
  }
}

TEST(CheckpointReader, RefusesIndexesThatDoNotFitTheShards) {
  const auto index_failure = [](const std::function<void(json&)>& change) {
    ModelCopy copy("mistral_sharded");
    json index = copy.index();
    change(index);
    copy.set_index(index);
    return failure(copy.dir.path());
  };
  const std::string first = "model-00001-of-00003.safetensors";
  EXPECT_THAT(index_failure([](json& index) { index["weight_map"]["model.norm.weight"] = "pytorch_model.bin"; }),
              HasSubstr("pickles are not read"));
  EXPECT_THAT(index_failure([](json& index) { index["weight_map"]["model.norm.weight"] = "model-9.safetensors"; }),
              AllOf(HasSubstr("model-9.safetensors"), HasSubstr("missing")));
  EXPECT_THAT(index_failure([](json& index) { index["weight_map"]["model.norm.weight"] = 3; }),
              HasSubstr("expected the name"));
  EXPECT_THAT(index_failure([&](json& index) { index["weight_map"]["ghost.weight"] = first; }),
              AllOf(HasSubstr("ghost.weight"), HasSubstr("is not in")));
  EXPECT_THAT(index_failure([](json& index) { index["weight_map"].erase("model.norm.weight"); }),
              AllOf(HasSubstr("model.norm.weight"), HasSubstr("not in the index")));
  EXPECT_THAT(index_failure([](json& index) { index["weight_map"] = json::array(); }), HasSubstr("weight_map"));
  EXPECT_THAT(index_failure([](json& index) { index["weight_map"] = json::object(); }), HasSubstr("lists no tensor"));
  EXPECT_THAT(index_failure([](json& index) { index.erase("weight_map"); }), HasSubstr("weight_map"));
  EXPECT_THAT(index_failure([](json& index) { index = json::array(); }), HasSubstr("weight_map"));
  EXPECT_EQ(index_failure([](json& index) { index["metadata"]["total_size"] = 1e300; }), "")
      << "the size is not believed";
}

TEST(CheckpointReader, RefusesATensorInTwoShards) {
  ModelCopy copy("mistral_sharded");
  auto tensors = copy.tensors("model-00003-of-00003.safetensors");
  const std::string other = copy.tensors("model-00001-of-00003.safetensors").begin()->first;
  tensors[other] = at::zeros({1});
  copy.set_tensors(tensors, "model-00003-of-00003.safetensors");
  EXPECT_THAT(failure(copy.dir.path()), AllOf(HasSubstr(other), HasSubstr("is also in")));
}

TEST(CheckpointReader, RefusesAMissingAndATruncatedShard) {
  ModelCopy copy("mistral_sharded");
  const fs::path shard = copy.dir / "model-00002-of-00003.safetensors";
  const std::string bytes = testing::read_bytes(shard);
  testing::write_bytes(shard, bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(failure(copy.dir.path()), AllOf(HasSubstr("model-00002"), HasSubstr("incomplete download")));
  fs::remove(shard);
  EXPECT_THAT(failure(copy.dir.path()), AllOf(HasSubstr("model-00002"), HasSubstr("missing")));
}

TEST(CheckpointReader, RefusesIndexTextThatIsNoIndex) {
  ModelCopy copy("mistral_sharded");
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "[";
  for (const std::string& text : {std::string(""), std::string("{\"weight_map\": {"), nested,
                                  std::string("{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}")}) {
    copy.write("model.safetensors.index.json", text);
    EXPECT_THAT(failure(copy.dir.path()), HasSubstr("model.safetensors.index.json")) << text.substr(0, 40);
  }
}

TEST(CheckpointReader, RefusesTwoSetsOfWeights) {
  ModelCopy copy("mistral_sharded");
  copy.write("model.safetensors", "");
  EXPECT_THAT(failure(copy.dir.path()), HasSubstr("has both"));
}

TEST(CheckpointReader, OneReportOfEverythingThatDoesNotFit) {
  ModelCopy copy("mistral_gqa2");
  auto tensors = copy.tensors();
  tensors.erase("model.norm.weight");
  tensors.erase("lm_head.weight");
  tensors["model.layers.0.mlp.up_proj.weight"] = at::zeros({3, 5});
  tensors["model.layers.1.mlp.up_proj.weight"] = at::zeros({48, 32}, at::kByte);
  tensors["model.layers.7.mlp.up_proj.weight"] = at::zeros({48, 32});
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::zeros({4});
  copy.set_tensors(tensors);
  EXPECT_THAT(
      failure(copy.dir.path()),
      AllOf(HasSubstr(copy.dir.path().string()), HasSubstr("2 missing"), HasSubstr("model.norm.weight"),
            HasSubstr("got [3, 5], expected [48, 32]"), HasSubstr("model.layers.1.mlp.up_proj.weight (uint8)"),
            HasSubstr("1 that the model has not: \"model.layers.7.mlp.up_proj.weight\""), Not(HasSubstr("inv_freq"))));
}

TEST(CheckpointReader, HeadMayStandBesideATiedOne) {
  ModelCopy copy("mistral_tied");
  auto tensors = copy.tensors();
  tensors["lm_head.weight"] = tensors.at("model.embed_tokens.weight");
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::zeros({4});
  copy.set_tensors(tensors);
  EXPECT_EQ(failure(copy.dir.path()), "");
}

TEST(CheckpointReader, FusedTensorsMustHaveTheShapesOfTheConfig) {
  ModelCopy copy("mixtral_e4k2_fused");
  auto tensors = copy.tensors();
  const std::string name = "model.layers.1.mlp.experts.gate_up_proj";
  const at::Tensor good = tensors.at(name);
  for (const at::Tensor& bad : {good.slice(0, 0, 3), good.slice(1, 0, 10), good.flatten(0, 1)}) {
    tensors[name] = bad.contiguous();
    copy.set_tensors(tensors);
    EXPECT_THAT(failure(copy.dir.path()), AllOf(HasSubstr(name), HasSubstr("expected [4, 64, 32]")));
  }
  tensors[name] = good;
  tensors["model.layers.0.block_sparse_moe.experts.0.w1.weight"] = at::zeros({32, 32});
  copy.set_tensors(tensors);
  EXPECT_THAT(failure(copy.dir.path()), HasSubstr("stored twice"));
}

TEST(CheckpointReader, NativeTensorsOfAWrongShapeAreReported) {
  ModelCopy copy("mistral_native");
  auto tensors = copy.tensors("consolidated.safetensors");
  tensors["layers.0.attention.wq.weight"] = at::zeros({7, 32});
  tensors["layers.0.attention.wk.weight"] = at::zeros({8});
  copy.set_tensors(tensors, "consolidated.safetensors");
  EXPECT_THAT(failure(copy.dir.path()),
              AllOf(HasSubstr("q_proj.weight (got [7, 32]"), HasSubstr("k_proj.weight (got [8]")));
  const auto reader = CheckpointReader::open(copy.dir.path());
  EXPECT_NO_THROW(reader->tensor("model.layers.0.self_attn.q_proj.weight"));
  EXPECT_NO_THROW(reader->tensor("model.layers.0.self_attn.k_proj.weight"));
}

TEST(CheckpointReader, HuggingFaceLayoutIsTakenWhereBothAreThere) {
  ModelCopy copy("mixtral_e4k2");
  const fs::path native = testing::golden("models/mixtral_e4k2_native");
  for (const char* name : {"params.json", "consolidated.safetensors"}) fs::copy_file(native / name, copy.dir / name);
  EXPECT_EQ(CheckpointReader::open(copy.dir.path())->weight_files().front().filename(), "model.safetensors");
  fs::remove(copy.dir / "model.safetensors");
  EXPECT_EQ(CheckpointReader::open(copy.dir.path())->weight_files().front().filename(), "consolidated.safetensors");
}

TEST(CheckpointReader, UnknownTensorIsAnError) {
  const auto reader = CheckpointReader::open(testing::golden("models/mistral_gqa2"));
  EXPECT_FALSE(reader->has("nothing"));
  EXPECT_THROW(reader->tensor("nothing"), CheckpointError);
  EXPECT_THROW(reader->shape("nothing"), CheckpointError);
  EXPECT_THROW(reader->dtype("nothing"), CheckpointError);
}

TEST(CompanionFiles, AreFoundAndCopiedUnderTheNamesThatAreLookedFor) {
  const TempDir from;
  const TempDir to;
  testing::write_bytes(from / "tokenizer.model.v1", "one");
  testing::write_bytes(from / "tokenizer.model.v3", "three");
  testing::write_bytes(from / "tokenizer_config.json", "{}");
  testing::write_bytes(from / "README.md", "no companion");
  copy_companions(companion_files(from.path()), to.path());
  EXPECT_EQ(testing::list_directory(to.path()), (std::vector<std::string>{"tokenizer.model", "tokenizer_config.json"}));
  EXPECT_EQ(testing::read_bytes(to / "tokenizer.model"), "three");
  testing::write_bytes(from / "tokenizer.model", "plain");
  EXPECT_EQ(tokenizer_model_file(from.path())->filename(), "tokenizer.model");
  EXPECT_THAT(companion_files(to / "absent"), IsEmpty());
  EXPECT_THROW(copy_companions({from / "tokenizer.model"}, to / "absent"), ResourceError);
}

}  // namespace
}  // namespace quartet::checkpoint
