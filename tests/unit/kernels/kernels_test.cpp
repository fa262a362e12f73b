#include "quartet/kernels/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace quartet::kernels {
namespace {

std::vector<float> random_numbers(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& x : numbers) x = uniform(engine);
  return numbers;
}

std::size_t bytes_of(FloatType type) {
  return type == FloatType::kFloat32 ? 4 : 2;
}

/// Numbers stored in some type, and what they are in float32.
struct Stored {
  std::vector<unsigned char> bytes;
  std::vector<float> wide;

  Stored(const Kernels& set, const std::vector<float>& numbers, FloatType type)
      : bytes(numbers.size() * bytes_of(type)), wide(numbers.size()) {
    const auto count = static_cast<std::int64_t>(numbers.size());
    set.from_float32(numbers.data(), count, type, bytes.data());
    set.to_float32(bytes.data(), type, count, wide.data());
  }
};

class KernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& set() const { return *GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Sets, KernelsTest, testing::ValuesIn(available_kernels()),
                         [](const auto& each) { return std::string(each.param->name); });

constexpr FloatType kTypes[] = {FloatType::kFloat32, FloatType::kBfloat16, FloatType::kFloat16};

TEST_P(KernelsTest, GemvEqualsSumInDouble) {
  for (const FloatType type : kTypes) {
    for (const auto& [m, n, k] : {std::tuple{1, 9, 40}, {2, 13, 7}, {3, 3, 64}, {4, 5, 33}, {9, 31, 100}, {17, 2, 1}}) {
      const std::vector<float> x = random_numbers(m * k, 1);
      const Stored w(set(), random_numbers(n * k, 2), type);
      std::vector<float> y(static_cast<std::size_t>(m * n), -1.0F);
      set().dense_gemv(x.data(), k, m, {w.bytes.data(), type, k}, k, 0, n, y.data(), n);
      for (int i = 0; i < m; ++i) {
        for (int j = 0; j < n; ++j) {
          double sum = 0;
          for (int c = 0; c < k; ++c) sum += static_cast<double>(x[i * k + c]) * w.wide[j * k + c];
          EXPECT_NEAR(y[i * n + j], sum, 1e-5) << "m " << m << " n " << n << " k " << k << " at " << i << ", " << j;
        }
      }
    }
  }
}

TEST_P(KernelsTest, GemvBitsDependOnNeitherBatchNorSplit) {
  const std::int64_t n = 29;
  const std::int64_t k = 83;
  const std::int64_t most = 21;
  const std::vector<float> x = random_numbers(most * k, 3);
  for (const FloatType type : kTypes) {
    const Stored w(set(), random_numbers(n * k, 4), type);
    const FloatRows rows{w.bytes.data(), type, k};
    std::vector<float> one_by_one(static_cast<std::size_t>(most * n));
    for (std::int64_t i = 0; i < most; ++i) {
      set().dense_gemv(x.data() + i * k, k, 1, rows, k, 0, n, one_by_one.data() + i * n, n);
    }
    for (const std::int64_t m : {2, 3, 5, 8, 21}) {
      for (const std::int64_t cut : {0, 1, 7, 28}) {
        std::vector<float> y(static_cast<std::size_t>(m * n));
        set().dense_gemv(x.data(), k, m, rows, k, 0, cut, y.data(), n);
        set().dense_gemv(x.data(), k, m, rows, k, cut, n, y.data(), n);
        EXPECT_EQ(std::memcmp(y.data(), one_by_one.data(), y.size() * sizeof(float)), 0) << "m " << m << " cut " << cut;
      }
    }
  }
}

TEST_P(KernelsTest, GemvReadsStridedRows) {
  const std::vector<float> x = random_numbers(2 * 20, 5);
  const std::vector<float> w = random_numbers(3 * 20, 6);
  std::vector<float> y(6, 0.0F);
  // Of each row of 20 only the first 11 belong to the operands.
  set().dense_gemv(x.data(), 20, 2, {w.data(), FloatType::kFloat32, 20}, 11, 0, 3, y.data(), 3);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      double sum = 0;
      for (int c = 0; c < 11; ++c) sum += static_cast<double>(x[i * 20 + c]) * w[j * 20 + c];
      EXPECT_NEAR(y[i * 3 + j], sum, 1e-6);
    }
  }
}

TEST_P(KernelsTest, EverySixteenBitPatternWidensAndNarrowsBack) {
  std::vector<std::uint16_t> bits(65536);
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
  for (const FloatType type : {FloatType::kBfloat16, FloatType::kFloat16}) {
    std::vector<float> wide(bits.size());
    std::vector<std::uint16_t> back(bits.size());
    set().to_float32(bits.data(), type, 65536, wide.data());
    set().from_float32(wide.data(), 65536, type, back.data());
    for (std::size_t i = 0; i < bits.size(); ++i) {
      if (std::isnan(wide[i])) {
        continue;  // a NaN may change its payload
      }
      ASSERT_EQ(back[i], bits[i]) << wide[i];
    }
  }
  float value = 0;
  const std::uint16_t half_of_pi = 0x4248;
  set().to_float32(&half_of_pi, FloatType::kFloat16, 1, &value);
  EXPECT_EQ(value, 3.140625F);
}

TEST_P(KernelsTest, NarrowingRoundsToNearestEven) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {1.00390625F, 1.01171875F, -1.0039064F, 3.4e38F, infinity, 1e-45F};
  std::vector<std::uint16_t> bits(values.size());
  set().from_float32(values.data(), 6, FloatType::kBfloat16, bits.data());
  EXPECT_EQ(bits, (std::vector<std::uint16_t>{0x3F80, 0x3F82, 0xBF81, 0x7F80, 0x7F80, 0x0000}));
  // Halfway cases, the overflow limit and the smallest subnormal of float16.
  const std::vector<float> halves = {1.00048828125F, 1.00146484375F, 65519.9F, 65520.0F, 5.9604645e-8F, 2.9802322e-8F};
  set().from_float32(halves.data(), 6, FloatType::kFloat16, bits.data());
  EXPECT_EQ(bits, (std::vector<std::uint16_t>{0x3C00, 0x3C02, 0x7BFF, 0x7C00, 0x0001, 0x0000}));
}

TEST_P(KernelsTest, DecodeAttentionEqualsSoftmaxInDouble) {
  for (const FloatType type : kTypes) {
    for (const auto& [g, s, k] : {std::tuple{1, 1, 8}, {2, 31, 12}, {4, 33, 16}, {9, 100, 64}, {1, 257, 20}}) {
      const std::vector<float> queries = random_numbers(g * k, 7);
      const Stored keys(set(), random_numbers(s * k, 8), type);
      const Stored values(set(), random_numbers(s * k, 9), type);
      std::vector<float> out(static_cast<std::size_t>(g * k));
      const float scale = 3.0F;  // larger than 1 / sqrt(K): the softmax is far from uniform
      set().decode_attention(
          {queries.data(), {keys.bytes.data(), type, k}, {values.bytes.data(), type, k}, out.data(), g, s, k, scale});
      for (int i = 0; i < g; ++i) {
        std::vector<double> weights(s);
        double sum = 0;
        for (int j = 0; j < s; ++j) {
          double score = 0;
          for (int c = 0; c < k; ++c) score += static_cast<double>(queries[i * k + c]) * keys.wide[j * k + c];
          weights[j] = std::exp(score * scale);
          sum += weights[j];
        }
        for (int c = 0; c < k; ++c) {
          double expected = 0;
          for (int j = 0; j < s; ++j) expected += weights[j] / sum * values.wide[j * k + c];
          EXPECT_NEAR(out[i * k + c], expected, 1e-5) << "G " << g << " S " << s << " K " << k;
        }
      }
    }
  }
}

TEST_P(KernelsTest, DecodeAttentionOfOneHeadIgnoresItsNeighbours) {
  const int g = 7;
  const int s = 70;
  const int k = 24;
  const std::vector<float> queries = random_numbers(g * k, 10);
  const std::vector<float> keys = random_numbers(s * k, 11);
  const std::vector<float> values = random_numbers(s * k, 12);
  const auto attend = [&](const float* q, int heads, float* out) {
    set().decode_attention(
        {q, {keys.data(), FloatType::kFloat32, k}, {values.data(), FloatType::kFloat32, k}, out, heads, s, k, 0.2F});
  };
  std::vector<float> together(g * k);
  std::vector<float> alone(g * k);
  attend(queries.data(), g, together.data());
  for (int i = 0; i < g; ++i) attend(queries.data() + i * k, 1, alone.data() + i * k);
  EXPECT_EQ(together, alone);
}

TEST_P(KernelsTest, RmsNormAndItsGradients) {
  const std::int64_t rows = 3;
  for (const std::int64_t d : {1, 8, 37, 64, 100}) {
    const std::vector<float> x = random_numbers(rows * d, 13);
    const std::vector<float> gain = random_numbers(d, 14);
    const std::vector<float> grad = random_numbers(rows * d, 15);
    const double eps = 1e-2;
    std::vector<float> out(x.size());
    std::vector<float> grad_x(x.size());
    std::vector<float> grad_gain(gain.size(), 1.0F);  // the kernel adds
    set().rms_norm(x.data(), gain.data(), static_cast<float>(eps), rows, d, out.data());
    set().rms_norm_backward(grad.data(), x.data(), gain.data(), static_cast<float>(eps), rows, d, grad_x.data());
    set().rms_norm_backward_gain(grad.data(), x.data(), static_cast<float>(eps), rows, d, grad_gain.data());
    std::vector<double> expected_gain(gain.size(), 1.0);
    for (std::int64_t r = 0; r < rows; ++r) {
      double squares = 0;
      double products = 0;
      for (std::int64_t i = 0; i < d; ++i) {
        squares += static_cast<double>(x[r * d + i]) * x[r * d + i];
        products += static_cast<double>(grad[r * d + i]) * gain[i] * x[r * d + i];
      }
      const double s = 1 / std::sqrt(squares / static_cast<double>(d) + eps);
      for (std::int64_t i = 0; i < d; ++i) {
        const std::int64_t at = r * d + i;
        EXPECT_NEAR(out[at], gain[i] * x[at] * s, 1e-5);
        EXPECT_NEAR(grad_x[at], s * gain[i] * grad[at] - x[at] * s * s * s / static_cast<double>(d) * products, 2e-5);
        expected_gain[i] += grad[at] * x[at] * s;
      }
    }
    for (std::int64_t i = 0; i < d; ++i) EXPECT_NEAR(grad_gain[i], expected_gain[i], 1e-5);
  }
}

TEST_P(KernelsTest, RopeRotatesHalvesAndBack) {
  const std::int64_t k = 20;
  const std::vector<float> x = random_numbers(2 * k, 16);
  std::vector<float> cos(k / 2);
  std::vector<float> sin(k / 2);
  for (std::int64_t i = 0; i < k / 2; ++i) {
    cos[i] = std::cos(0.3F * static_cast<float>(i));
    sin[i] = std::sin(0.3F * static_cast<float>(i));
  }
  std::vector<float> out(x.size());
  set().rope(x.data(), cos.data(), sin.data(), 1.0F, 2, k, out.data());
  for (std::int64_t h = 0; h < 2; ++h) {
    for (std::int64_t i = 0; i < k / 2; ++i) {
      const float a = x[h * k + i];
      const float b = x[h * k + k / 2 + i];
      EXPECT_NEAR(out[h * k + i], a * cos[i] - b * sin[i], 1e-6);
      EXPECT_NEAR(out[h * k + k / 2 + i], b * cos[i] + a * sin[i], 1e-6);
    }
  }
  set().rope(out.data(), cos.data(), sin.data(), -1.0F, 2, k, out.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(out[i], x[i], 1e-6);
}

TEST_P(KernelsTest, SiluMulAndItsGradients) {
  std::vector<float> gate = random_numbers(45, 17);
  for (float& g : gate) g *= 12;
  gate[0] = 200;
  gate[1] = -200;
  const std::vector<float> up = random_numbers(45, 18);
  const std::vector<float> grad = random_numbers(45, 19);
  std::vector<float> out(45);
  std::vector<float> grad_gate(45);
  std::vector<float> grad_up(45);
  set().silu_mul(gate.data(), up.data(), 45, out.data());
  set().silu_mul_backward(grad.data(), gate.data(), up.data(), 45, grad_gate.data(), grad_up.data());
  for (std::size_t i = 0; i < 45; ++i) {
    const double s = 1 / (1 + std::exp(-static_cast<double>(gate[i])));
    const double tolerance = 1e-6 * (1 + std::abs(gate[i]));
    EXPECT_NEAR(out[i], gate[i] * s * up[i], tolerance);
    EXPECT_NEAR(grad_gate[i], grad[i] * up[i] * (s + gate[i] * s * (1 - s)), tolerance);
    EXPECT_NEAR(grad_up[i], grad[i] * gate[i] * s, tolerance);
  }
}

TEST_P(KernelsTest, NotANumberIsHandedOn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> gate = {nan, 1.0F};
  std::vector<float> out(2);
  set().silu_mul(gate.data(), gate.data(), 2, out.data());
  EXPECT_TRUE(std::isnan(out[0]));
  EXPECT_FALSE(std::isnan(out[1]));
}

TEST(Dispatch, PicksTheLastSetThatTheProcessorRuns) {
  EXPECT_STREQ(available_kernels().front()->name, "portable");
  EXPECT_STREQ(kernels().name, available_kernels().back()->name);
}

}  // namespace
}  // namespace quartet::kernels
