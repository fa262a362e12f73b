#pragma once

#include <immintrin.h>

#include <cstdint>

#include "float_bits.h"

namespace quartet::kernels {
namespace {

/// Eight float lanes in an AVX2 register; needs AVX2, FMA and F16C.
struct Vec {
  static constexpr std::int64_t kLanes = 8;
  static constexpr int kBlockRows = 3;  ///< 4 x 3 sums, 3 weights and 1 input fill the 16 registers
  __m256 value;

  static Vec set1(float x) { return {_mm256_set1_ps(x)}; }
  static Vec zero() { return {_mm256_setzero_ps()}; }
  static Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Vec load(const Bfloat16* p) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16))};
  }
  static Vec load(const Float16* p) { return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))}; }
  void store(float* p) const { _mm256_storeu_ps(p, value); }
  void store(Bfloat16* p) const {
    float lane[kLanes];
    _mm256_storeu_ps(lane, value);
    for (std::int64_t i = 0; i < kLanes; ++i) p[i] = narrow_bfloat16(lane[i]);
  }
  void store(Float16* p) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }

  /// this += a * b
  void add_product(const Vec& a, const Vec& b) { value = _mm256_fmadd_ps(a.value, b.value, value); }
  float sum() const {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
  friend Vec operator+(const Vec& a, const Vec& b) { return {_mm256_add_ps(a.value, b.value)}; }
  friend Vec operator-(const Vec& a, const Vec& b) { return {_mm256_sub_ps(a.value, b.value)}; }
  friend Vec operator*(const Vec& a, const Vec& b) { return {_mm256_mul_ps(a.value, b.value)}; }
  friend Vec operator/(const Vec& a, const Vec& b) { return {_mm256_div_ps(a.value, b.value)}; }

  /// Within 2 ulp; below -87.3 the result is 0 or about 1e-38, above 88.7 it is infinite.
  static Vec exp(const Vec& x) {
    // x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by its Taylor polynomial of degree 7; 2^n through the exponent bits.
    const __m256 clamped = _mm256_max_ps(_mm256_set1_ps(-88.0F), _mm256_min_ps(x.value, _mm256_set1_ps(89.0F)));
    const __m256 n = _mm256_round_ps(_mm256_mul_ps(clamped, _mm256_set1_ps(1.44269504088896341F)),
                                     _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375F), clamped);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4F), r);
    __m256 p = _mm256_set1_ps(1.0F / 5040);
    for (const float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F}) {
      p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(coefficient));
    }
    // Two steps of 2^(n/2) reach both ends of the range without overflow of the exponent field.
    const __m256i whole = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(whole, 1);
    const __m256i bias = _mm256_set1_epi32(127);
    const auto power = [&](__m256i e) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(e, bias), 23)); };
    const __m256 scaled = _mm256_mul_ps(_mm256_mul_ps(p, power(half)), power(_mm256_sub_epi32(whole, half)));
    // max/min drop a NaN; hand it on as the portable exp does.
    return {_mm256_blendv_ps(scaled, x.value, _mm256_cmp_ps(x.value, x.value, _CMP_UNORD_Q))};
  }
};

}  // namespace
}  // namespace quartet::kernels
