#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace quartet::train {
namespace {

/// The models of these tests are so small that threads only wait for each other.
class OneThread : public ::testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};

[[maybe_unused]] const auto* const kOneThread = ::testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace
}  // namespace quartet::train
