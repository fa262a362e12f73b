#pragma once

#include "vec_tail.h"

namespace quartet::kernels {
namespace {

/// y[i, j] = x[i] . w[j] for MB x NB outputs held in registers. Each output has one vector of partial sums over k, so
/// its bits are the same in every block shape. With `Prefetch` the NB rows after these are fetched meanwhile: without
/// it the arithmetic on a block and the wait for the next one add up.
template <int MB, int NB, bool Prefetch, class W>
void dot_block(const float* x, std::int64_t x_stride, const W* w, std::int64_t w_stride, std::int64_t k, float* y,
               std::int64_t y_stride) {
  Vec sums[MB][NB];
#pragma GCC unroll 8
  for (int i = 0; i < MB; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) sums[i][j] = Vec::zero();
  }
  const auto add = [&](auto load_x, auto load_w) {
    Vec weights[NB];
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) weights[j] = load_w(w + j * w_stride);
#pragma GCC unroll 8
    for (int i = 0; i < MB; ++i) {
      const Vec input = load_x(x + i * x_stride);
#pragma GCC unroll 8
      for (int j = 0; j < NB; ++j) sums[i][j].add_product(input, weights[j]);
    }
  };
  std::int64_t done = 0;
  for (; done + Vec::kLanes <= k; done += Vec::kLanes) {
    if constexpr (Prefetch) {
#pragma GCC unroll 8
      for (int j = 0; j < NB; ++j) __builtin_prefetch(w + (NB + j) * w_stride + done);
    }
    const auto load = [&](const auto* row) { return Vec::load(row + done); };
    add(load, load);
  }
  if (done < k) {
    const auto load = [&](const auto* row) { return load_partial(row + done, k - done); };
    add(load, load);
  }
#pragma GCC unroll 8
  for (int i = 0; i < MB; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) y[i * y_stride + j] = sums[i][j].sum();
  }
}

/// All rows of x against NB rows of w, which stay in the first-level cache meanwhile.
template <int NB, class W>
void dot_rows(const float* x, std::int64_t x_stride, std::int64_t m, const W* w, std::int64_t w_stride, std::int64_t k,
              float* y, std::int64_t y_stride) {
  // The first block waits for the weights, so it is the one that fetches ahead; it may be a short one.
  std::int64_t i = m % 4;
  switch (i) {
    case 1:
      dot_block<1, NB, true>(x, x_stride, w, w_stride, k, y, y_stride);
      break;
    case 2:
      dot_block<2, NB, true>(x, x_stride, w, w_stride, k, y, y_stride);
      break;
    case 3:
      dot_block<3, NB, true>(x, x_stride, w, w_stride, k, y, y_stride);
      break;
    default:
      dot_block<4, NB, true>(x, x_stride, w, w_stride, k, y, y_stride);
      i = 4;
      break;
  }
  for (; i < m; i += 4) {
    dot_block<4, NB, false>(x + i * x_stride, x_stride, w, w_stride, k, y + i * y_stride, y_stride);
  }
}

template <int NB, class W>
std::int64_t dot_panels(const float* x, std::int64_t x_stride, std::int64_t m, const W* w, std::int64_t w_stride,
                        std::int64_t k, std::int64_t n, float* y, std::int64_t y_stride) {
  std::int64_t j = 0;
  for (; j + NB <= n; j += NB) {
    dot_rows<NB>(x, x_stride, m, w + j * w_stride, w_stride, k, y + j, y_stride);
  }
  return j;
}

void dense_gemv(const float* x, std::int64_t x_stride, std::int64_t m, const FloatRows& w, std::int64_t k,
                std::int64_t n0, std::int64_t n1, float* y, std::int64_t y_stride) {
  with_rows(w, n0, [&](const auto* rows) {
    const std::int64_t n = n1 - n0;
    // With few inputs more weight rows hide the latency of the sums; with many the registers are full at kBlockRows.
    std::int64_t j = m <= 2 ? dot_panels<4>(x, x_stride, m, rows, w.stride, k, n, y + n0, y_stride)
                            : dot_panels<Vec::kBlockRows>(x, x_stride, m, rows, w.stride, k, n, y + n0, y_stride);
    dot_panels<1>(x, x_stride, m, rows + j * w.stride, w.stride, k, n - j, y + n0 + j, y_stride);
  });
}

}  // namespace
}  // namespace quartet::kernels
