#include "quartet/train/success_check.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quartet/base/error.h"

namespace quartet::train {
namespace {

using ::testing::HasSubstr;

struct TrackedRun {
  std::vector<Parameter> parameters = {{"a", at::zeros({2}).requires_grad_()}, {"b", at::zeros({2}).requires_grad_()}};
  GradientBuffer gradients{parameters};
  SuccessCheck check{{"a", "b"}};

  void steps(const std::vector<double>& losses) {
    for (const double loss : losses) check.observe(loss, 1, gradients);
  }
  void give_gradients(std::initializer_list<int> which) {
    for (const int i : which) parameters[i].value.mutable_grad().fill_(1e-6F);
  }
  std::string failure() const {
    try {
      check.require_success();
    } catch (const NumericError& error) {
      return error.what();
    }
    return "";
  }
};

std::vector<double> line(int count, double first, double slope) {
  std::vector<double> losses;
  for (int i = 0; i < count; ++i) losses.push_back(first + slope * i);
  return losses;
}

TEST(SuccessCheck, AFallingLossWithGradientsPasses) {
  TrackedRun run;
  run.steps({5});
  run.give_gradients({0});
  run.steps({4.9});
  run.give_gradients({1});
  run.steps(line(30, 4.8, -0.01));
  EXPECT_EQ(run.failure(), "");
}

TEST(SuccessCheck, AMatrixWithoutGradientFailsFromThreeSteps) {
  TrackedRun run;
  run.give_gradients({0});
  run.steps({3, 2});
  EXPECT_EQ(run.failure(), "");
  run.steps({1});
  EXPECT_THAT(run.failure(), HasSubstr("1 trained matrices never got a gradient (b)"));
}

TEST(SuccessCheck, ALossThatDoesNotFallFailsFromTwentySteps) {
  TrackedRun run;
  run.give_gradients({0, 1});
  run.steps(line(19, 3, 0));
  EXPECT_EQ(run.failure(), "");
  run.steps({3});
  EXPECT_THAT(run.failure(), HasSubstr("last quarter"));
}

TEST(SuccessCheck, StopsAtTheFirstValueThatIsNotFinite) {
  TrackedRun run;
  run.steps({2.5});
  try {
    run.steps({std::nan("")});
    FAIL() << "accepted NaN";
  } catch (const NumericError& error) {
    EXPECT_THAT(error.what(), HasSubstr("step 2"));
    EXPECT_THAT(error.what(), HasSubstr("2.5"));
  }
  TrackedRun infinite;
  EXPECT_THROW(infinite.check.observe(1, INFINITY, infinite.gradients), NumericError);
}

}  // namespace
}  // namespace quartet::train
