#include "quartet/routing/router_report.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace quartet::routing {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Two experts; inputs on the axes, so that the first expert wins where x > y.
LayerReport measure(std::int64_t num_active) {
  const at::Tensor router = at::eye(2);
  const at::Tensor inputs = at::tensor(std::vector<float>{2, 0, 2, 0, 0, 2, 0, 2, 2, 0}).view({5, 2});
  // Sequence 0 (label 0): best 0, 0, 1. Sequence 1 (label 1): best 1, 0 - a draw, which goes to expert 0.
  return measure_router(router, inputs, {0, 0, 0, 1, 1}, {0, 0, 0, 1, 1}, num_active);
}

TEST(MeasureRouter, CountsTokensSequencesAndLoad) {
  const LayerReport report = measure(2);
  EXPECT_EQ(report.num_tokens, 5);
  EXPECT_DOUBLE_EQ(report.accuracy, 0.6);
  EXPECT_DOUBLE_EQ(report.sequence_accuracy, 0.5);
  EXPECT_THAT(report.load, ElementsAre(DoubleNear(0.6, 1e-12), DoubleNear(0.4, 1e-12)));
  EXPECT_THAT(report.active_load, ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(0.5, 1e-12)));
  EXPECT_EQ(report.confusion, (std::vector<std::vector<std::int64_t>>{{2, 1}, {1, 1}}));
  const double p = 1 / (1 + std::exp(-2.0));
  EXPECT_NEAR(report.mean_top1_probability, p, 1e-12);
  EXPECT_NEAR(report.mean_top1_weight, p, 1e-12);
}

TEST(MeasureRouter, OneActiveExpertHasWeightOne) {
  const LayerReport report = measure(1);
  EXPECT_EQ(report.mean_top1_weight, 1);
  EXPECT_LT(report.mean_top1_probability, 1);
  EXPECT_THAT(report.active_load, ElementsAre(DoubleNear(0.6, 1e-12), DoubleNear(0.4, 1e-12)));
}

TEST(MeasureRouter, SharesAreQuotientsOfCounts) {
  const std::int64_t num_tokens = 3001;
  const at::Tensor inputs = at::ones({num_tokens, 2});
  const std::vector<std::int64_t> zeros(num_tokens);
  const LayerReport report = measure_router(at::eye(2), inputs, zeros, zeros, 2);
  EXPECT_THAT(report.active_load, ElementsAre(0.5, 0.5));
  EXPECT_EQ(report.load[0] + report.load[1], 1.0);
}

TEST(RouterReport, JsonHasTheContractsNames) {
  RouterReport report;
  report.gate_mode = "contrastive";
  report.experts = {"python", "java"};
  report.num_active = 2;
  report.layers = {measure(2), measure(2)};
  report.layers[1].layer = 1;
  report.layers[1].accuracy = 1.0;
  const auto json = report_to_json(report);
  EXPECT_EQ(json.at("gate_mode"), "contrastive");
  EXPECT_EQ(json.at("experts"), (std::vector<std::string>{"python", "java"}));
  EXPECT_DOUBLE_EQ(json.at("held_out").at("mean_accuracy").get<double>(), 0.8);
  EXPECT_DOUBLE_EQ(json.at("held_out").at("min_accuracy").get<double>(), 0.6);
  EXPECT_EQ(json.at("held_out").at("num_tokens"), 5);
  const auto& layer = json.at("layers").at(1);
  for (const char* key :
       {"layer", "accuracy", "load", "sequence_accuracy", "mean_top1_probability", "confusion", "num_tokens"}) {
    EXPECT_TRUE(layer.contains(key)) << key;
  }
  EXPECT_THAT(report_to_table(report), ::testing::HasSubstr("python"));
}

TEST(RouterReport, WithoutCalibrationNothingIsClaimed) {
  RouterReport report;
  report.gate_mode = "random";
  report.experts = {"a", "b"};
  EXPECT_TRUE(report_to_json(report).at("held_out").is_null());
  EXPECT_EQ(report_to_table(report), "");
  EXPECT_TRUE(report_warnings(report).empty());
}

TEST(RouterReport, WarnsOfIdleExpertsAndChance) {
  RouterReport report;
  report.experts = {"a", "b"};
  report.layers = {measure(2)};
  EXPECT_EQ(report_warnings(report).size(), 1U);  // accuracy .6 is hardly more than .5
  report.layers[0].load = {0.95, 0.05};
  EXPECT_EQ(report_warnings(report).size(), 2U);
}

TEST(RouterReport, PageShowsWhereTokensGo) {
  RouterReport report;
  report.gate_mode = "contrastive";
  report.experts = {"python", "<java>"};
  report.num_active = 2;
  EXPECT_THAT(report_to_html(report), HasSubstr("Not measured"));
  report.layers = {measure(2)};
  const std::string page = report_to_html(report);
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">python</th><td>67 %</td><td>33 %</td>")) << "2 of 3 tokens, 1 of 3";
  EXPECT_THAT(page, HasSubstr("60 %"));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, Not(HasSubstr("<java>")));
}

}  // namespace
}  // namespace quartet::routing
