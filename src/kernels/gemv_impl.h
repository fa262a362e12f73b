#pragma once

#include "vec_tail.h"

namespace quartet::kernels {
namespace {

/// Weight rows that are worked on together. They lie `stride` apart: each is the head of a long run of rows, so that
/// memory is read as a few streams that never end (adjacent rows would start new streams all the time, at half the
/// speed).
template <class W>
struct WeightStreams {
  const W* rows;
  std::int64_t stride;
  const W* next;    ///< what to fetch meanwhile, at the same stride
  int fetch_shift;  ///< the fetch moves by one element for 2^fetch_shift steps of k
};

/// y[i, j] = x[i] . w[j] for MB x NB outputs held in registers. Each output has one vector of partial sums over k, so
/// its bits are the same in every block shape.
template <int MB, int NB, class W>
void dot_block(const float* x, std::int64_t x_stride, const WeightStreams<W>& w, std::int64_t k, float* y,
               std::int64_t y_stride, std::int64_t y_row_stride) {
  Vec sums[MB][NB];
#pragma GCC unroll 8
  for (int i = 0; i < MB; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) sums[i][j] = Vec::zero();
  }
  const auto add = [&](auto load_x, auto load_w) {
    Vec weights[NB];
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) weights[j] = load_w(w.rows + j * w.stride);
#pragma GCC unroll 8
    for (int i = 0; i < MB; ++i) {
      const Vec input = load_x(x + i * x_stride);
#pragma GCC unroll 8
      for (int j = 0; j < NB; ++j) sums[i][j].add_product(input, weights[j]);
    }
  };
  std::int64_t done = 0;
  for (; done + Vec::kLanes <= k; done += Vec::kLanes) {
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) __builtin_prefetch(w.next + j * w.stride + (done >> w.fetch_shift));
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
    for (int j = 0; j < NB; ++j) y[i * y_stride + j * y_row_stride] = sums[i][j].sum();
  }
}

/// All rows of x against NB rows of w, which stay in the first-level cache meanwhile.
template <int NB, class W>
void dot_rows(const float* x, std::int64_t x_stride, std::int64_t m, WeightStreams<W> w, std::int64_t w_stride,
              std::int64_t k, float* y, std::int64_t y_stride, std::int64_t y_row_stride) {
  const std::int64_t blocks = (m + 3) / 4;
  if (blocks == 1) {
    w.next = w.rows + 512 / sizeof(W);  // memory is the limit: stay a little ahead of it
    w.fetch_shift = 0;
  } else {
    // The next rows are fetched over the whole time that these are worked on: 1, 2, 4 or 8 blocks.
    w.fetch_shift = blocks == 2 ? 1 : blocks <= 4 ? 2 : 3;
  }
  std::int64_t i = 0;
  for (std::int64_t block = 0; block < blocks; ++block) {
    if (blocks > 1) w.next = w.rows + w_stride + ((block * k) >> w.fetch_shift);
    const std::int64_t rows = block == 0 && m % 4 != 0 ? m % 4 : 4;
    const float* inputs = x + i * x_stride;
    float* out = y + i * y_stride;
    switch (rows) {
      case 1:
        dot_block<1, NB>(inputs, x_stride, w, k, out, y_stride, y_row_stride);
        break;
      case 2:
        dot_block<2, NB>(inputs, x_stride, w, k, out, y_stride, y_row_stride);
        break;
      case 3:
        dot_block<3, NB>(inputs, x_stride, w, k, out, y_stride, y_row_stride);
        break;
      default:
        dot_block<4, NB>(inputs, x_stride, w, k, out, y_stride, y_row_stride);
        break;
    }
    i += rows;
  }
}

/// As many of n weight rows as NB streams of equal length hold; returns their number.
template <int NB, class W>
std::int64_t dot_streams(const float* x, std::int64_t x_stride, std::int64_t m, const W* w, std::int64_t w_stride,
                         std::int64_t k, std::int64_t n, float* y, std::int64_t y_stride) {
  const std::int64_t length = n / NB;
  for (std::int64_t j = 0; j < length; ++j) {
    const WeightStreams<W> streams{w + j * w_stride, length * w_stride, nullptr, 0};
    dot_rows<NB>(x, x_stride, m, streams, w_stride, k, y + j, y_stride, length);
  }
  return length * NB;
}

void dense_gemv(const float* x, std::int64_t x_stride, std::int64_t m, const FloatRows& w, std::int64_t k,
                std::int64_t n0, std::int64_t n1, float* y, std::int64_t y_stride) {
  with_rows(w, n0, [&](const auto* rows) {
    const std::int64_t n = n1 - n0;
    // With few inputs more streams hide the latency of the sums; with many the registers are full at kBlockRows.
    const std::int64_t j = m <= 2
                               ? dot_streams<4>(x, x_stride, m, rows, w.stride, k, n, y + n0, y_stride)
                               : dot_streams<Vec::kBlockRows>(x, x_stride, m, rows, w.stride, k, n, y + n0, y_stride);
    dot_streams<1>(x, x_stride, m, rows + j * w.stride, w.stride, k, n - j, y + n0 + j, y_stride);
  });
}

}  // namespace
}  // namespace quartet::kernels
