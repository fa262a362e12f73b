#pragma once

#include "gemv_impl.h"

namespace quartet::kernels {
namespace {

constexpr std::int64_t kKeyBlock = 32;   ///< keys whose scores are held at once
constexpr std::int64_t kQueryBlock = 8;  ///< query heads that share one pass over the keys

/// out[i] = out[i] * rescale[i] + sum_s p[i, s] * values[s], over `num_keys` keys; G query heads at a time in
/// registers.
template <int G, class T>
void add_values(const float* p, const float* rescale, const T* values, std::int64_t value_stride, std::int64_t num_keys,
                std::int64_t head_dim, float* out) {
  for (std::int64_t k = 0; k < head_dim; k += Vec::kLanes) {
    const std::int64_t count = head_dim - k;
    Vec sums[G];
#pragma GCC unroll 8
    for (int i = 0; i < G; ++i) sums[i] = load_up_to(out + i * head_dim + k, count) * Vec::set1(rescale[i]);
    for (std::int64_t s = 0; s < num_keys; ++s) {
      const Vec value = load_up_to(values + s * value_stride + k, count);
#pragma GCC unroll 8
      for (int i = 0; i < G; ++i) sums[i].add_product(Vec::set1(p[i * kKeyBlock + s]), value);
    }
#pragma GCC unroll 8
    for (int i = 0; i < G; ++i) store_up_to(sums[i], out + i * head_dim + k, count);
  }
}

template <class T>
void add_values_of_group(std::int64_t group, const float* p, const float* rescale, const T* values, std::int64_t stride,
                         std::int64_t num_keys, std::int64_t head_dim, float* out) {
  std::int64_t i = 0;
  for (; i + 4 <= group; i += 4) {
    add_values<4>(p + i * kKeyBlock, rescale + i, values, stride, num_keys, head_dim, out + i * head_dim);
  }
  for (; i < group; ++i) {
    add_values<1>(p + i * kKeyBlock, rescale + i, values, stride, num_keys, head_dim, out + i * head_dim);
  }
}

/// Running maximum and sum of one query head's softmax.
struct OnlineSoftmax {
  float maximum;
  float sum;
};

/// Turns a block of scores into exp(score * scale - maximum) and returns what earlier sums must be multiplied by.
inline float absorb_scores(float* scores, std::int64_t count, float scale, bool first, OnlineSoftmax& state) {
  float maximum = first ? scores[0] * scale : state.maximum;
  for (std::int64_t s = 0; s < count; ++s) {
    const float scaled = scores[s] * scale;
    scores[s] = scaled;
    maximum = scaled > maximum ? scaled : maximum;
  }
  for (std::int64_t s = 0; s < count; s += Vec::kLanes) {
    store_up_to(Vec::exp(load_up_to(scores + s, count - s) - Vec::set1(maximum)), scores + s, count - s);
  }
  float rescale = 0.0F;
  if (!first) {
    float lane[Vec::kLanes];
    Vec::exp(Vec::set1(state.maximum - maximum)).store(lane);
    rescale = lane[0];
  }
  float sum = 0.0F;
  for (std::int64_t s = 0; s < count; ++s) sum += scores[s];
  state = {maximum, (first ? 0.0F : state.sum * rescale) + sum};
  return rescale;
}

void attend_group(const AttentionJob& job, std::int64_t first_query, std::int64_t group) {
  const float* queries = job.queries + first_query * job.head_dim;
  float* out = job.out + first_query * job.head_dim;
  OnlineSoftmax softmax[kQueryBlock] = {};
  float scores[kQueryBlock * kKeyBlock];
  float rescale[kQueryBlock];
  for (std::int64_t i = 0; i < group * job.head_dim; ++i) out[i] = 0.0F;
  for (std::int64_t s = 0; s < job.num_keys; s += kKeyBlock) {
    const std::int64_t count = job.num_keys - s < kKeyBlock ? job.num_keys - s : kKeyBlock;
    // dense_gemv addresses y by weight row, hence the shift by s.
    dense_gemv(queries, job.head_dim, group, job.keys, job.head_dim, s, s + count, scores - s, kKeyBlock);
    for (std::int64_t i = 0; i < group; ++i) {
      rescale[i] = absorb_scores(scores + i * kKeyBlock, count, job.scale, s == 0, softmax[i]);
    }
    with_rows(job.values, s, [&](const auto* values) {
      add_values_of_group(group, scores, rescale, values, job.values.stride, count, job.head_dim, out);
    });
  }
  for (std::int64_t i = 0; i < group; ++i) {
    for (std::int64_t k = 0; k < job.head_dim; ++k) out[i * job.head_dim + k] /= softmax[i].sum;
  }
}

void decode_attention(const AttentionJob& job) {
  for (std::int64_t i = 0; i < job.num_queries; i += kQueryBlock) {
    const std::int64_t left = job.num_queries - i;
    attend_group(job, i, left < kQueryBlock ? left : kQueryBlock);
  }
}

}  // namespace
}  // namespace quartet::kernels
