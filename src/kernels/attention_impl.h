#pragma once

#include "gemv_impl.h"

namespace quartet::kernels {
namespace {

constexpr std::int64_t kKeyBlock = 32;  ///< keys whose scores are held at once
constexpr std::int64_t kRowBlock = 8;   ///< query rows that share one pass over the keys

/// out[i] = out[i] * rescale[i] + sum_s p[i, s] * values[s], over `num_keys` keys; G query heads at a time in
/// registers.
template <int G, class T>
void add_values(const float* p, const float* rescale, const T* values, std::int64_t value_stride, std::int64_t num_keys,
                std::int64_t head_dim, float* out, std::int64_t out_stride) {
  for (std::int64_t k = 0; k < head_dim; k += Vec::kLanes) {
    const std::int64_t count = head_dim - k;
    Vec sums[G];
#pragma GCC unroll 8
    for (int i = 0; i < G; ++i) sums[i] = load_up_to(out + i * out_stride + k, count) * Vec::set1(rescale[i]);
    for (std::int64_t s = 0; s < num_keys; ++s) {
      const Vec value = load_up_to(values + s * value_stride + k, count);
#pragma GCC unroll 8
      for (int i = 0; i < G; ++i) sums[i].add_product(Vec::set1(p[i * kKeyBlock + s]), value);
    }
#pragma GCC unroll 8
    for (int i = 0; i < G; ++i) store_up_to(sums[i], out + i * out_stride + k, count);
  }
}

template <class T>
void add_values_of_rows(std::int64_t rows, const float* p, const float* rescale, const T* values, std::int64_t stride,
                        std::int64_t num_keys, std::int64_t head_dim, float* out, std::int64_t out_stride) {
  std::int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    add_values<4>(p + i * kKeyBlock, rescale + i, values, stride, num_keys, head_dim, out + i * out_stride, out_stride);
  }
  for (; i < rows; ++i) {
    add_values<1>(p + i * kKeyBlock, rescale + i, values, stride, num_keys, head_dim, out + i * out_stride, out_stride);
  }
}

inline std::int64_t smaller(std::int64_t a, std::int64_t b) {
  return a < b ? a : b;
}

inline std::int64_t larger(std::int64_t a, std::int64_t b) {
  return a > b ? a : b;
}

/// Running maximum and sum of one row's softmax; the sum is 0 before the first key and at least 1 after it.
struct OnlineSoftmax {
  float maximum;
  float sum;
};

/// Turns the scores of keys [begin, end) of a block into exp(score * scale - maximum), those of the other keys into 0,
/// and returns what earlier sums must be multiplied by.
inline float absorb_scores(float* scores, std::int64_t begin, std::int64_t end, std::int64_t count, float scale,
                           OnlineSoftmax& state) {
  for (std::int64_t s = 0; s < smaller(begin, count); ++s) scores[s] = 0.0F;
  for (std::int64_t s = larger(end, 0); s < count; ++s) scores[s] = 0.0F;
  if (begin >= end) return 1.0F;
  const bool first = state.sum == 0.0F;
  float maximum = first ? scores[begin] * scale : state.maximum;
  for (std::int64_t s = begin; s < end; ++s) {
    scores[s] *= scale;
    maximum = scores[s] > maximum ? scores[s] : maximum;
  }
  for (std::int64_t s = begin; s < end; s += Vec::kLanes) {
    store_up_to(Vec::exp(load_up_to(scores + s, end - s) - Vec::set1(maximum)), scores + s, end - s);
  }
  float rescale = 0.0F;
  if (!first) {
    float lane[Vec::kLanes];
    Vec::exp(Vec::set1(state.maximum - maximum)).store(lane);
    rescale = lane[0];
  }
  float sum = 0.0F;
  for (std::int64_t s = begin; s < end; ++s) sum += scores[s];
  state = {maximum, state.sum * rescale + sum};
  return rescale;
}

void attend_rows(const AttentionJob& job, std::int64_t first_row, std::int64_t rows) {
  const float* queries = job.queries + first_row * job.row_stride;
  float* out = job.out + first_row * job.row_stride;
  const std::int64_t num_keys = job.num_keys + first_row * job.keys_per_row;  // of this block's first row
  const std::int64_t most_keys = num_keys + (rows - 1) * job.keys_per_row;
  const auto first_key = [&](std::int64_t end) { return job.window > 0 ? larger(0, end - job.window) : 0; };
  OnlineSoftmax softmax[kRowBlock] = {};
  float scores[kRowBlock * kKeyBlock];
  float rescale[kRowBlock];
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = 0; k < job.head_dim; ++k) out[i * job.row_stride + k] = 0.0F;
  }
  // Blocks begin at multiples of kKeyBlock for every row, so that a row's sums do not depend on its neighbours.
  for (std::int64_t s = first_key(num_keys) / kKeyBlock * kKeyBlock; s < most_keys; s += kKeyBlock) {
    const std::int64_t count = smaller(kKeyBlock, most_keys - s);
    // dense_gemv addresses y by weight row, hence the shift by s.
    dense_gemv(queries, job.row_stride, rows, job.keys, job.head_dim, s, s + count, scores - s, kKeyBlock);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t end = num_keys + i * job.keys_per_row;
      rescale[i] = absorb_scores(scores + i * kKeyBlock, larger(0, first_key(end) - s), smaller(end - s, count), count,
                                 job.scale, softmax[i]);
    }
    with_rows(job.values, s, [&](const auto* values) {
      add_values_of_rows(rows, scores, rescale, values, job.values.stride, count, job.head_dim, out, job.row_stride);
    });
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = 0; k < job.head_dim; ++k) out[i * job.row_stride + k] /= softmax[i].sum;
  }
}

void attention(const AttentionJob& job) {
  for (std::int64_t i = 0; i < job.num_rows; i += kRowBlock) attend_rows(job, i, smaller(kRowBlock, job.num_rows - i));
}

}  // namespace
}  // namespace quartet::kernels
