// The loops of BlendKernels. Included by one file per instruction set; everything stays local to that file, so that no
// code compiled for a newer processor can stand in for another file's.
#pragma once

#include <cstdint>
#include <cstring>

#include "blend_kernels.h"

#if defined(__F16C__)
#include <immintrin.h>
#endif

// GCC vectorises loops of unknown length only from -O3 on. Products and sums must not be fused behind our back: the
// variants would differ.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("O3", "fp-contract=off")
#endif

namespace quartet::merge {
namespace {

inline std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float float_of(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void from_bfloat16(const std::uint16_t* __restrict in, float* __restrict out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = float_of(static_cast<std::uint32_t>(in[i]) << 16);
}

void to_bfloat16(const float* __restrict in, std::uint16_t* __restrict out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t bits = bits_of(in[i]);
    const std::uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    out[i] = static_cast<std::uint16_t>((bits & 0x7FFFFFFF) > 0x7F800000 ? 0x7FC0 : rounded);
  }
}

inline float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1F;
  const std::uint32_t mantissa = half & 0x3FF;
  if (exponent == 0x1F) return float_of(sign | 0x7F800000 | (mantissa << 13));
  if (exponent != 0) return float_of(sign | ((exponent + 112) << 23) | (mantissa << 13));
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
  return float_of(sign | bits_of(magnitude));
}

inline std::uint16_t half_of(float value) {
  const std::uint32_t bits = bits_of(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return sign | 0x7E00;
  if (magnitude >= 0x47800000) return sign | 0x7C00;  // 65536 and above
  if (magnitude < 0x38800000) {  // below 2^-14: subnormal; adding 0.5 aligns and rounds the mantissa
    return sign | static_cast<std::uint16_t>(bits_of(float_of(magnitude) + 0.5F) - 0x3F000000);
  }
  const std::uint32_t rounded = magnitude - (112U << 23) + 0xFFF + ((magnitude >> 13) & 1);
  return sign | static_cast<std::uint16_t>(rounded >> 13);
}

void from_float16(const std::uint16_t* __restrict in, float* __restrict out, std::int64_t n) {
  std::int64_t i = 0;
#if defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i))));
  }
#endif
  for (; i < n; ++i) out[i] = float_of_half(in[i]);
}

void to_float16(const float* __restrict in, std::uint16_t* __restrict out, std::int64_t n) {
  std::int64_t i = 0;
#if defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
#endif
  for (; i < n; ++i) out[i] = half_of(in[i]);
}

void fma_scaled(float* __restrict acc, const float* __restrict x, float weight, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) acc[i] = __builtin_fmaf(x[i], weight, acc[i]);
}

void add(float* __restrict acc, const float* __restrict x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) acc[i] += x[i];
}

void subtract(float* __restrict x, const float* __restrict y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] -= y[i];
}

void scale(float* x, float factor, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void divide(float* x, float divisor, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] /= divisor;
}

void divide_by(float* __restrict x, const float* __restrict divisor, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] /= divisor[i];
}

void add_agreeing(float* __restrict mixed, float* __restrict weights, const float* __restrict value,
                  const float* __restrict sum, float weight, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float toward = sum[i] >= 0 ? value[i] : -value[i];
    mixed[i] += toward <= 0 ? 0.0F : value[i];
    weights[i] += toward <= 0 ? 0.0F : weight;
  }
}

void zeros_to_ones(float* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = x[i] == 0 ? 1.0F : x[i];
}

void keep_above(float* x, std::uint32_t threshold, bool keep_equal, std::int64_t n) {
  const std::uint32_t lowest = keep_equal ? threshold : threshold + 1;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint32_t bits = bits_of(x[i]);
    x[i] = float_of((bits & 0x7FFFFFFF) >= lowest ? bits : 0);
  }
}

std::int64_t count_equal(const float* x, std::uint32_t bits, std::int64_t n) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < n; ++i) count += (bits_of(x[i]) & 0x7FFFFFFF) == bits;
  return count;
}

bool any_not_finite(const float* x, std::int64_t n) {
  std::int32_t largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto magnitude = static_cast<std::int32_t>(bits_of(x[i]) & 0x7FFFFFFF);
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest >= 0x7F800000;
}

std::int16_t largest_magnitude(const std::uint16_t* x, std::int64_t n) {
  std::int16_t largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto magnitude = static_cast<std::int16_t>(x[i] & 0x7FFF);
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

bool any_not_finite_bfloat16(const std::uint16_t* x, std::int64_t n) {
  return largest_magnitude(x, n) >= 0x7F80;
}

bool any_not_finite_float16(const std::uint16_t* x, std::int64_t n) {
  return largest_magnitude(x, n) >= 0x7C00;
}

void low_rank_row(float* __restrict acc, const float* __restrict b, const float* __restrict a, std::int64_t rank) {
  float sum[64] = {};
  for (std::int64_t r = 0; r < rank; ++r) {
    for (int j = 0; j < 64; ++j) sum[j] += b[r] * a[r * 64 + j];
  }
  std::memcpy(acc, sum, sizeof sum);
}

const BlendKernels kKernels{from_bfloat16,
                            from_float16,
                            to_bfloat16,
                            to_float16,
                            fma_scaled,
                            add,
                            subtract,
                            scale,
                            divide,
                            divide_by,
                            add_agreeing,
                            zeros_to_ones,
                            keep_above,
                            count_equal,
                            any_not_finite,
                            any_not_finite_bfloat16,
                            any_not_finite_float16,
                            low_rank_row};

}  // namespace
}  // namespace quartet::merge
