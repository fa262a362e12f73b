#include "quartet/merge/parameter_setting.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"

namespace quartet::merge {
namespace {

ParameterSetting parse(const std::string& yaml) {
  base::ConfigReader root(nlohmann::json::object(), "test.yaml");
  const auto value = base::parse_yaml("v: " + yaml, "test.yaml").at("v");
  ParameterSetting setting = ParameterSetting::parse(value, root, "v");
  root.finish();
  return setting;
}

TEST(ParameterSetting, NumbersBooleansAndNumericText) {
  EXPECT_EQ(parse("0.25").evaluate("x", 0.3), 0.25);
  EXPECT_EQ(parse("true").evaluate("x", 0.3), 1.0);
  EXPECT_EQ(parse("\"0.5\"").evaluate("x", 0.3), 0.5);
}

TEST(ParameterSetting, GradientOverThirtyTwoLayers) {
  const ParameterSetting gradient = parse("[0, 0.5, 0.3, 0.7, 1]");
  EXPECT_EQ(gradient.evaluate("x", 0.0), 0.0);
  EXPECT_NEAR(*gradient.evaluate("x", 1.0 / 31), 0.0645161, 1e-7);
  EXPECT_NEAR(*gradient.evaluate("x", 15.0 / 31), 0.3129032, 1e-7);
  EXPECT_NEAR(*gradient.evaluate("x", 30.0 / 31), 0.9612903, 1e-7);
  EXPECT_EQ(gradient.evaluate("x", 1.0), 1.0);
  EXPECT_EQ(parse("[0.4]").evaluate("x", 0.7), 0.4);
}

TEST(ParameterSetting, BooleansAreNotInterpolated) {
  const ParameterSetting setting = parse("[false, true, false]");
  EXPECT_EQ(setting.evaluate("x", 0.49), 0.0);
  EXPECT_EQ(setting.evaluate("x", 0.5), 1.0);
  EXPECT_EQ(setting.evaluate("x", 1.0), 0.0);
}

TEST(ParameterSetting, FirstMatchingFilterWinsAndNoneFallsThrough) {
  const ParameterSetting setting =
      parse("[{filter: mlp.up, value: 1}, {filter: mlp, value: [2, 4]}, {filter: '*', value: 9}]");
  EXPECT_EQ(setting.evaluate("model.layers.0.mlp.up_proj.weight", 0), 1.0);
  EXPECT_EQ(setting.evaluate("model.layers.0.mlp.down_proj.weight", 0.5), 3.0);
  EXPECT_EQ(setting.evaluate("model.norm.weight", 0.5), 9.0);
  EXPECT_EQ(parse("[{filter: mlp, value: 2}]").evaluate("model.norm.weight", 0), std::nullopt);
}

TEST(ParameterSetting, OneBareConditional) {
  const ParameterSetting setting = parse("{filter: lm_head, value: 3}");
  EXPECT_EQ(setting.evaluate("lm_head.weight", 0), 3.0);
  EXPECT_EQ(setting.evaluate("model.norm.weight", 0), std::nullopt);
}

TEST(ParameterSetting, FiltersAreNoPatterns) {
  EXPECT_EQ(parse("[{filter: 'mlp.*', value: 2}]").evaluate("model.layers.0.mlp.up_proj.weight", 0), std::nullopt);
}

TEST(ParameterSetting, RefusesWhatIsNoSetting) {
  EXPECT_THROW(parse("half"), ConfigError);
  EXPECT_THROW(parse("[]"), ConfigError);
  EXPECT_THROW(parse("[1, {filter: x, value: 2}]"), ConfigError);
  EXPECT_THROW(parse("[{filter: x}]"), ConfigError);
  EXPECT_THROW(parse("[{filter: x, valu: 1, value: 2}]"), ConfigError);
}

std::string problem_of(const std::string& yaml) {
  try {
    parse(yaml);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no problem";
}

TEST(ParameterSetting, NumbersThatFloat32CannotHold) {
  EXPECT_EQ(problem_of(".nan"), "test.yaml: v: got nan, expected a finite number");
  EXPECT_EQ(problem_of("[1, -.inf]"), "test.yaml: v: got -inf, expected a finite number");
  for (const char* yaml : {"1e308", "[0, -1e39]", "'1e39'", "{filter: mlp, value: 3.5e38}"}) {
    EXPECT_NE(problem_of(yaml).find("expected at most 3.4e38 in magnitude (float32)"), std::string::npos) << yaml;
  }
  EXPECT_EQ(parse("3.4e38").evaluate("x", 0), 3.4e38);
}

}  // namespace
}  // namespace quartet::merge
