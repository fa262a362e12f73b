#pragma once

#include <cstdint>
#include <vector>

namespace quartet::kernels {

/// How numbers lie in memory; all arithmetic is in float32.
enum class FloatType : std::uint8_t { kFloat32, kBfloat16, kFloat16 };

/// Rows of numbers that the kernel does not own. Units: stride in elements.
struct FloatRows {
  const void* data;
  FloatType type;
  std::int64_t stride;
};

/// The keys and values of one sequence and one key/value head, and the query heads that share it.
struct AttentionJob {
  const float* queries;      // [G, K], stride K
  FloatRows keys;            // [S, K]
  FloatRows values;          // [S, K]
  float* out;                // [G, K], stride K
  std::int64_t num_queries;  ///< G
  std::int64_t num_keys;     ///< S, at least 1
  std::int64_t head_dim;     ///< K
  float scale;               ///< of the scores, 1 / sqrt(K)
};

/// The compute kernels of one instruction set. All are single-threaded: the caller spreads ranges of rows over threads.
/// Every element of a result is summed in an order that depends only on its own operands' length, so neither the number
/// of rows in a call nor the split over threads changes a bit.
struct Kernels {
  const char* name;

  /// y[m, n] = sum_k x[m, k] * w[n, k] for n in [n0, n1); each weight is read from memory once for up to 8 rows of x.
  ///
  /// Shapes: x [M, K] with row stride `x_stride`, w [N, K], y [M, N] with row stride `y_stride`.
  void (*dense_gemv)(const float* x, std::int64_t x_stride, std::int64_t m, const FloatRows& w, std::int64_t k,
                     std::int64_t n0, std::int64_t n1, float* y, std::int64_t y_stride);

  /// Widens `count` numbers that lie side by side.
  void (*to_float32)(const void* from, FloatType type, std::int64_t count, float* to);
  /// Narrows, round to nearest even.
  void (*from_float32)(const float* from, std::int64_t count, FloatType type, void* to);

  /// One new token's attention over all keys of its sequence: online softmax in float32.
  void (*decode_attention)(const AttentionJob& job);

  /// out[r] = x[r] / sqrt(mean(x[r]^2) + eps) * gain. Shapes: x, out [rows, d] contiguous, gain [d]; out may be x.
  void (*rms_norm)(const float* x, const float* gain, float eps, std::int64_t rows, std::int64_t d, float* out);
  /// Gradient of rms_norm with respect to x. Shapes: all [rows, d] but gain [d]; grad_x is overwritten.
  void (*rms_norm_backward)(const float* grad_out, const float* x, const float* gain, float eps, std::int64_t rows,
                            std::int64_t d, float* grad_x);
  /// Adds a row range's part of the gain's gradient. Shapes: grad_out, x [rows, d], grad_gain [d].
  void (*rms_norm_backward_gain)(const float* grad_out, const float* x, float eps, std::int64_t rows, std::int64_t d,
                                 float* grad_gain);

  /// Rotate-half of one row of heads: (a, b) -> (a cos - b sin, b cos + a sin) with a, b the halves of a head.
  /// Shapes: x, out [heads, K] contiguous, cos, sin [K / 2]; out may be x. `direction` -1 rotates back (the gradient).
  void (*rope)(const float* x, const float* cos, const float* sin, float direction, std::int64_t heads,
               std::int64_t head_dim, float* out);

  /// out = silu(gate) * up. out may be gate or up.
  void (*silu_mul)(const float* gate, const float* up, std::int64_t count, float* out);
  /// Gradients of silu_mul.
  void (*silu_mul_backward)(const float* grad_out, const float* gate, const float* up, std::int64_t count,
                            float* grad_gate, float* grad_up);
};

/// The fastest set that this processor runs.
const Kernels& kernels();
/// Every set that this processor runs, the portable one first: for tests and benchmarks.
std::vector<const Kernels*> available_kernels();

}  // namespace quartet::kernels
