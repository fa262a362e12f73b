#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <new>
#include <set>

#include "quartet/base/error.h"
#include "quartet/tensor/device.h"
#include "quartet/tensor/dtype.h"
#include "quartet/tensor/shape_check.h"

namespace quartet::tensor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Dtype, NamesRoundTrip) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    EXPECT_EQ(parse_float_dtype(dtype_name(dtype), "--dtype"), dtype);
    EXPECT_EQ(parse_float_dtype("torch." + dtype_name(dtype), "--dtype"), dtype);
  }
  for (const char* bad : {"", "float", "float64", "int8", "torch.", "bf16"}) {
    EXPECT_THROW(parse_float_dtype(bad, "--dtype"), ConfigError) << bad;
  }
}

TEST(Dtype, ShapeText) {
  EXPECT_EQ(shape_text({}), "[]");
  EXPECT_EQ(shape_text({2, 3}), "[2, 3]");
}

TEST(ShapeCheck, MinusOneIsAnyExtent) {
  const at::Tensor x = at::zeros({2, 3});
  EXPECT_NO_THROW(check_shape("mlp", "x", x, {2, 3}));
  EXPECT_NO_THROW(check_shape("mlp", "x", x, {-1, 3}));
  EXPECT_THROW(check_shape("mlp", "x", x, {2, 3, 1}), ShapeError);
  EXPECT_THROW(check_shape("mlp", "x", x, {2}), ShapeError);
  EXPECT_THROW(check_shape("mlp", "x", at::Tensor(), {2}), ShapeError);
  try {
    check_shape("mlp", "x", x, {2, 4});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("[mlp]"), HasSubstr("[2, 3]"), HasSubstr("[2, 4]")));
  }
}

TEST(Device, ParsesNames) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  EXPECT_TRUE(parse_device("auto").is_cpu() || parse_device("auto").is_cuda());
  for (const char* bad : {"", "gpu", "cpu:0", "cuda:", "cuda:x", "cuda:1x", "cuda0", "cuda:-1", "cuda:99999", "CUDA"}) {
    EXPECT_THROW(parse_device(bad), ConfigError) << bad;
  }
}

TEST(Device, AbsentDeviceIsAResourceError) {
  if (at::hasCUDA()) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_THROW(parse_device("cuda"), ResourceError);
  EXPECT_THROW(parse_device("cuda:1"), ResourceError);
}

TEST(Device, PeakMemoryGrowsWithWhatIsTouched) {
  const std::uint64_t before = peak_memory_bytes(at::kCPU);
  const at::Tensor big = at::ones({64 << 20}, at::kByte);
  EXPECT_GE(peak_memory_bytes(at::kCPU), before);
  EXPECT_GE(peak_memory_bytes(at::kCPU), std::uint64_t{64} << 20);
  EXPECT_THROW(set_num_threads(-1), ConfigError);
}

TEST(Device, OurOwnParallelLoopsUseTheThreads) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    std::mutex mutex;
    std::set<int> seen;
    at::parallel_for(0, 64, 1, [&](std::int64_t, std::int64_t) {
      const std::lock_guard lock(mutex);
      seen.insert(at::get_thread_num());
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(threads));
  }
  set_num_threads(before);
}

TEST(TorchErrors, OutOfMemoryIsAResourceErrorTheRestBugs) {
  const auto translated = [](auto&& action) -> std::optional<std::pair<int, std::string>> {
    try {
      action();
    } catch (const std::exception& error) {
      return translate_torch_exception(error);
    }
    return std::nullopt;
  };
  const auto memory = translated([] { at::empty({std::int64_t{1} << 50}, at::kByte); });
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->first, 6);
  EXPECT_THAT(memory->second, HasSubstr("out of memory"));
  const auto bug = translated([] { at::zeros({2, 3}).matmul(at::zeros({2, 3})); });
  ASSERT_TRUE(bug.has_value());
  EXPECT_EQ(bug->first, 70);
  EXPECT_EQ(bug->second.find('\n'), std::string::npos);
  EXPECT_EQ(translated([] { throw std::bad_alloc(); })->first, 6);
  EXPECT_FALSE(translated([] { throw std::runtime_error("other"); }).has_value());
}

}  // namespace
}  // namespace quartet::tensor
