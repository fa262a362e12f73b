#include "../../../src/merge/blend_kernels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "quartet/base/rng.h"

namespace quartet::merge {
namespace {

std::vector<float> numbers(std::size_t n, std::string_view purpose) {
  base::Rng rng(3, purpose);
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(rng.normal() * std::exp(10 * rng.normal()));
  for (std::size_t i = 0; i < n; i += 7) values[i] = 0;
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(BlendKernels, FindWhatIsNotFinite) {
  for (const BlendKernels* kernels : {&portable_blend_kernels(), &blend_kernels()}) {
    for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
      for (const std::size_t place : {0, 500, 1002}) {
        std::vector<float> values(1003, 60000.0F);
        values[7] = -std::numeric_limits<float>::max();
        std::vector<std::uint16_t> narrow(1003);
        EXPECT_FALSE(kernels->any_not_finite(values.data(), 1003));
        values[7] = -60000.0F;
        values[place] = bad;
        EXPECT_TRUE(kernels->any_not_finite(values.data(), 1003));
        kernels->to_bfloat16(values.data(), narrow.data(), 1003);
        EXPECT_TRUE(kernels->any_not_finite_bfloat16(narrow.data(), 1003));
        kernels->to_float16(values.data(), narrow.data(), 1003);
        EXPECT_TRUE(kernels->any_not_finite_float16(narrow.data(), 1003));
        values[place] = 60000.0F;
        kernels->to_float16(values.data(), narrow.data(), 1003);
        EXPECT_FALSE(kernels->any_not_finite_float16(narrow.data(), 1003));
        kernels->to_bfloat16(values.data(), narrow.data(), 1003);
        EXPECT_FALSE(kernels->any_not_finite_bfloat16(narrow.data(), 1003));
      }
    }
  }
}

TEST(BlendKernels, VariantsGiveTheSameBits) {
  const BlendKernels* fast = avx2_blend_kernels();
  if (fast == nullptr) GTEST_SKIP() << "this processor or compiler has no AVX2: only the portable loops exist";
  const BlendKernels& slow = portable_blend_kernels();
  const auto x = numbers(1003, "x");
  const auto y = numbers(1003, "y");
  const auto compare = [&](auto run) {
    auto a = x;
    auto b = x;
    run(slow, a);
    run(*fast, b);
    EXPECT_TRUE(same_bits(a, b));
  };
  compare([&](const BlendKernels& k, std::vector<float>& v) { k.fma_scaled(v.data(), y.data(), 0.3F, 1003); });
  compare([&](const BlendKernels& k, std::vector<float>& v) { k.add(v.data(), y.data(), 1003); });
  compare([&](const BlendKernels& k, std::vector<float>& v) { k.subtract(v.data(), y.data(), 1003); });
  compare([&](const BlendKernels& k, std::vector<float>& v) { k.divide(v.data(), 0.7F, 1003); });
  compare([&](const BlendKernels& k, std::vector<float>& v) { k.keep_above(v.data(), 0x3F000000, true, 1003); });
  compare([&](const BlendKernels& k, std::vector<float>& v) {
    std::vector<float> weights(1003);
    k.add_agreeing(v.data(), weights.data(), x.data(), y.data(), 0.3F, 1003);
    for (int i = 0; i < 1003; ++i) v[i] += weights[i];
  });
  compare([&](const BlendKernels& k, std::vector<float>& v) { k.low_rank_row(v.data(), y.data(), x.data(), 15); });
  EXPECT_EQ(slow.count_equal(x.data(), 0, 1003), fast->count_equal(x.data(), 0, 1003));
}

TEST(BlendKernels, FmaIsFused) {
  float acc = -1.0F;
  const float x = 1.0F + 0x1p-12F;
  for (const BlendKernels* kernels : {&portable_blend_kernels(), &blend_kernels()}) {
    acc = -(1.0F + 0x1p-11F);
    kernels->fma_scaled(&acc, &x, x, 1);
    EXPECT_EQ(acc, 0x1p-24F);  // lost if the product were rounded
  }
}

class HalfConversion : public ::testing::TestWithParam<const BlendKernels*> {};

TEST_P(HalfConversion, EveryHalfIsReadAsATenReadsIt) {
  at::Tensor bits = at::arange(65536, at::kInt).to(at::kShort);  // every 16-bit pattern
  std::vector<float> out(65536);
  const auto* in = static_cast<const std::uint16_t*>(bits.const_data_ptr());
  GetParam()->from_float16(in, out.data(), 65536);
  const at::Tensor expected = bits.view(at::kHalf).to(at::kFloat);
  const auto* e = expected.const_data_ptr<float>();
  for (int i = 0; i < 65536; ++i) EXPECT_TRUE(out[i] == e[i] || (std::isnan(out[i]) && std::isnan(e[i]))) << i;
}

TEST_P(HalfConversion, RoundingIsATens) {
  std::vector<float> values = numbers(100000, "half");
  base::Rng rng(4, "half");
  for (std::size_t i = 0; i < values.size(); i += 3) {
    values[i] = static_cast<float>(
        std::ldexp(1.0 + static_cast<double>(rng.below(4096)) / 2048, static_cast<int>(rng.below(48)) - 30));
  }
  values.push_back(65519.996F);
  values.push_back(65520.0F);
  values.push_back(-INFINITY);
  const auto n = static_cast<std::int64_t>(values.size());
  const at::Tensor source = at::from_blob(values.data(), {n}, at::kFloat);
  for (const at::ScalarType dtype : {at::kHalf, at::kBFloat16}) {
    const at::Tensor expected = source.to(dtype).view(at::kShort);
    at::Tensor got = at::empty({n}, at::kShort);
    auto* out = static_cast<std::uint16_t*>(got.data_ptr());
    dtype == at::kHalf ? GetParam()->to_float16(values.data(), out, n) : GetParam()->to_bfloat16(values.data(), out, n);
    EXPECT_TRUE(at::equal(expected, got)) << c10::toString(dtype);
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, HalfConversion, ::testing::Values(&portable_blend_kernels(), &blend_kernels()));

}  // namespace
}  // namespace quartet::merge
