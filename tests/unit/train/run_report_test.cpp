#include "quartet/train/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace quartet::train {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RunReport, ShowsCurvesResultAndSettings) {
  std::vector<nlohmann::json> metrics;
  for (int step = 1; step <= 50; ++step) {
    metrics.push_back({{"step", step}, {"loss", 3.0 / step}, {"lr", 1e-3}, {"grad_norm", 0.5}});
    if (step % 10 == 0) metrics.push_back({{"step", step}, {"eval_loss", 4.0 / step}});
  }
  const nlohmann::json manifest = {{"result", {{"tokens", 1234}}},
                                   {"options", {{"base", "<my model>"}, {"lr", 1e-3}, {"data", {"a", "b"}}}}};
  const std::string page = run_report_html(metrics, manifest);
  for (const char* part :
       {"held out", "moving mean", "Learning rate", "Gradient norm", "<td>1234</td>", "&lt;my model&gt;"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr("Language head"))) << "the run had none";
  EXPECT_THAT(page, Not(HasSubstr("<my model>")));
}

TEST(RunReport, OfARunWithoutStepsHasNoCharts) {
  EXPECT_THAT(run_report_html({}, nlohmann::json::object()), Not(HasSubstr("<svg")));
}

}  // namespace
}  // namespace quartet::train
