#pragma once

#include <cstdint>

namespace quartet::merge {

/// Loops over contiguous floats that all merge methods are made of. Every variant gives the same bits: products and
/// sums are rounded one by one, only `fma_scaled` fuses.
struct BlendKernels {
  void (*from_bfloat16)(const std::uint16_t* in, float* out, std::int64_t n);
  void (*from_float16)(const std::uint16_t* in, float* out, std::int64_t n);
  /// Round to nearest, ties to even.
  void (*to_bfloat16)(const float* in, std::uint16_t* out, std::int64_t n);
  void (*to_float16)(const float* in, std::uint16_t* out, std::int64_t n);
  /// acc = fma(x, weight, acc)
  void (*fma_scaled)(float* acc, const float* x, float weight, std::int64_t n);
  /// acc += x
  void (*add)(float* acc, const float* x, std::int64_t n);
  /// x -= y
  void (*subtract)(float* x, const float* y, std::int64_t n);
  void (*scale)(float* x, float factor, std::int64_t n);
  void (*divide)(float* x, float divisor, std::int64_t n);
  void (*divide_by)(float* x, const float* divisor, std::int64_t n);
  /// Sign election: where value and sum agree in sign (sum 0 counts as +, value 0 agrees with nothing), mixed += value
  /// and weights += weight. A NaN is never outvoted.
  void (*add_agreeing)(float* mixed, float* weights, const float* value, const float* sum, float weight,
                       std::int64_t n);
  /// Zeros become ones.
  void (*zeros_to_ones)(float* x, std::int64_t n);
  /// Zeroes what has |x| bits below the threshold, or equal to it unless `keep_equal`.
  void (*keep_above)(float* x, std::uint32_t threshold, bool keep_equal, std::int64_t n);
  /// How many |x| have exactly these bits.
  std::int64_t (*count_equal)(const float* x, std::uint32_t bits, std::int64_t n);
  /// True if some element is NaN or infinite.
  bool (*any_not_finite)(const float* x, std::int64_t n);
  bool (*any_not_finite_bfloat16)(const std::uint16_t* x, std::int64_t n);
  bool (*any_not_finite_float16)(const std::uint16_t* x, std::int64_t n);
  /// acc[j] = sum over r of b[r] * a[r * 64 + j], j < 64.
  void (*low_rank_row)(float* acc, const float* b, const float* a, std::int64_t rank);
};

/// The fastest variant that this processor runs.
const BlendKernels& blend_kernels();
const BlendKernels& portable_blend_kernels();
/// Null where the compiler or the processor has no AVX2, FMA and F16C.
const BlendKernels* avx2_blend_kernels();

}  // namespace quartet::merge
