#include "quartet/merge/blend_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quartet/base/error.h"
#include "support/test_files.h"

namespace quartet::merge {
namespace {

using ::testing::HasSubstr;

class BlendConfigTest : public ::testing::Test {
 protected:
  BlendConfig read(const std::string& text, const BlendConfigOptions& options = {}) {
    testing::write_bytes(directory_ / "config.yaml", text);
    return read_blend_config(directory_ / "config.yaml", options);
  }
  std::string error_of(const std::string& text) {
    try {
      read(text);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  }
  testing::TempDir directory_;
};

const std::string kModels =
    "models:\n  - {model: a, parameters: {weight: 0.5}}\n  - {model: b, parameters: {weight: 0.25}}\n";

TEST_F(BlendConfigTest, UnknownKeysAreRefusedWithAHint) {
  EXPECT_THAT(error_of("merge_method: linear\nparamters: {}\n" + kModels), HasSubstr("parameters"));
  EXPECT_THAT(error_of("merge_method: linear\nmodels:\n  - {model: a, parameter: {weight: 1}}\n"),
              HasSubstr("parameters"));
  EXPECT_THAT(error_of("merge_method: linear\nparameters: {normalise: true}\n" + kModels), HasSubstr("normalize"));
}

TEST_F(BlendConfigTest, UnknownParametersMayBeAllowed) {
  EXPECT_NO_THROW(read("merge_method: linear\nparameters: {normalise: true}\n" + kModels, {.allow_unknown = true}));
}

TEST_F(BlendConfigTest, ExactlyOneOfModelsSlicesModules) {
  EXPECT_THAT(error_of("merge_method: linear\n"), HasSubstr("exactly one"));
  EXPECT_THAT(error_of("merge_method: linear\nmodels: []\n"), HasSubstr("exactly one"));
  EXPECT_THAT(error_of("merge_method: linear\n" + kModels +
                       "slices:\n  - sources: [{model: a, layer_range: [0, 1], parameters: {weight: 1}}]\n"),
              HasSubstr("exactly one"));
}

TEST_F(BlendConfigTest, ModulesHaveOnlyDefault) {
  const BlendConfig config = read(
      "merge_method: linear\nmodules:\n  default:\n    models: [{model: a}, {model: b}]\n    parameters: {weight: "
      "0.5}\n");
  EXPECT_EQ(config.slices.size(), 1U);
  EXPECT_EQ(find_parameter(config, config.slices[0], &config.slices[0].sources[0], "weight", "x", 0), 0.5);
  EXPECT_THAT(error_of("merge_method: linear\nmodules:\n  vision:\n    models: [{model: a}]\n"), HasSubstr("default"));
}

TEST_F(BlendConfigTest, MethodsAreRefusedByName) {
  EXPECT_THAT(error_of("merge_method: slerp\n" + kModels), HasSubstr("not built yet"));
  EXPECT_THAT(error_of("merge_method: linaer\n" + kModels), HasSubstr("did you mean 'linear'"));
  EXPECT_THAT(error_of(kModels), HasSubstr("merge_method"));
}

TEST_F(BlendConfigTest, TokenizerKeysAreRefusedByName) {
  EXPECT_THAT(error_of("merge_method: linear\ntokenizer_source: union\n" + kModels), HasSubstr("not built yet"));
  EXPECT_THAT(error_of("merge_method: linear\ntokenizer_source: base\ntokenizer: {source: base}\n" + kModels),
              HasSubstr("tokenizer_source"));
}

TEST_F(BlendConfigTest, TheSameModelTwice) {
  EXPECT_THAT(error_of("merge_method: linear\nmodels:\n  - {model: a, parameters: {weight: 1}}\n"
                       "  - {model: ./x/../a, parameters: {weight: 1}}\n"),
              HasSubstr("twice"));
}

TEST_F(BlendConfigTest, AnUnlistedBaseIsAppendedLast) {
  const BlendConfig config = read("merge_method: ties\nbase_model: base\n" + kModels);
  ASSERT_EQ(config.slices[0].sources.size(), 3U);
  EXPECT_EQ(config.slices[0].sources[2].model.text, "base");
  const BlendConfig listed = read(
      "merge_method: ties\nbase_model: base\nmodels:\n  - {model: base}\n  - {model: a, parameters: {weight: 1}}\n");
  EXPECT_EQ(listed.slices[0].sources.size(), 2U);
}

TEST_F(BlendConfigTest, LinearWantsAWeightForItsBaseToo) {
  EXPECT_THAT(error_of("merge_method: linear\nbase_model: base\n" + kModels),
              HasSubstr("missing required parameter weight for base"));
  EXPECT_NO_THROW(read("merge_method: linear\nbase_model: base\nparameters: {weight: 1}\n" + kModels));
}

TEST_F(BlendConfigTest, TaskMethodsNeedABase) {
  EXPECT_THAT(error_of("merge_method: ties\n" + kModels), HasSubstr("needs a base_model"));
  EXPECT_THAT(error_of("merge_method: ties\nbase_model: base\nslices:\n  - sources:\n"
                       "      - {model: a, layer_range: [0, 1], parameters: {weight: 1}}\n"),
              HasSubstr("among the sources"));
}

TEST_F(BlendConfigTest, GlobalParametersUnderAModelAreIgnored) {
  const BlendConfig config =
      read("merge_method: linear\nmodels:\n  - {model: a, parameters: {weight: 1, normalize: false}}\n");
  EXPECT_EQ(find_parameter(config, config.slices[0], nullptr, "normalize", "x", 0), std::nullopt);
}

TEST_F(BlendConfigTest, LevelsInTheirOrder) {
  const BlendConfig config = read(
      "merge_method: linear\nparameters: {weight: 4}\nslices:\n  - parameters: {weight: [{filter: mlp, value: 3}]}\n"
      "    sources:\n      - {model: a, layer_range: [0, 2], parameters: {weight: [{filter: up, value: 2}]}}\n");
  const Slice& slice = config.slices[0];
  EXPECT_EQ(find_parameter(config, slice, &slice.sources[0], "weight", "mlp.up_proj", 0), 2);
  EXPECT_EQ(find_parameter(config, slice, &slice.sources[0], "weight", "mlp.down_proj", 0), 3);
  EXPECT_EQ(find_parameter(config, slice, &slice.sources[0], "weight", "norm", 0), 4);
}

TEST_F(BlendConfigTest, ModelReferences) {
  std::filesystem::create_directories(directory_ / "here");
  std::filesystem::create_directories(directory_ / "odd+name");
  const BlendConfig config = read(
      "merge_method: linear\nparameters: {weight: 1}\nmodels:\n  - {model: here+lora}\n"
      "  - {model: {model: {path: x+y@z}, lora: {path: l}}}\n  - {model: odd+name}\n");
  const auto& sources = config.slices[0].sources;
  EXPECT_EQ(sources[0].model.model, directory_ / "here");
  EXPECT_EQ(sources[0].model.lora, "lora");
  EXPECT_EQ(sources[1].model.model, "x+y@z");
  EXPECT_EQ(sources[1].model.lora, "l");
  EXPECT_EQ(sources[2].model.model, directory_ / "odd+name");
  EXPECT_THAT(error_of("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a+b+c}]\n"),
              HasSubstr("PATH+LORA"));
  EXPECT_THAT(error_of("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: a@main}]\n"),
              HasSubstr("revisions"));
  EXPECT_THAT(
      error_of("merge_method: linear\nparameters: {weight: 1}\nmodels: [{model: {model: {path: a, revision: x}}}]\n"),
      HasSubstr("revision"));
  EXPECT_THAT(error_of("merge_method: linear\nparameters: {weight: 1}\nmodels: [{parameters: {weight: 1}}]\n"),
              HasSubstr("is missing"));
}

TEST_F(BlendConfigTest, AllProblemsAtOnce) {
  const std::string error =
      error_of("merge_method: linear\ndtype: int4\nfoo: 1\nmodels: [{model: a, parameters: {weight: half}}]\n");
  EXPECT_THAT(error, HasSubstr("dtype"));
  EXPECT_THAT(error, HasSubstr("foo"));
  EXPECT_THAT(error, HasSubstr("weight"));
}

TEST_F(BlendConfigTest, LayerRanges) {
  EXPECT_THAT(
      error_of(
          "merge_method: linear\nparameters: {weight: 1}\nslices: [{sources: [{model: a, layer_range: [2, 1]}]}]\n"),
      HasSubstr("layer_range"));
  EXPECT_THAT(error_of("merge_method: linear\nparameters: {weight: 1}\nslices: [{sources: [{model: a}]}]\n"),
              HasSubstr("layer_range"));
  EXPECT_THAT(error_of("merge_method: linear\nparameters: {weight: 1}\nslices: [{sources: []}]\n"),
              HasSubstr("sources"));
}

}  // namespace
}  // namespace quartet::merge
