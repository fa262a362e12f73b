#include "quartet/model/attention_ops.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "gradients.h"
#include "quartet/kernels/kernels.h"
#include "quartet/model/matmul.h"

namespace quartet::model {
namespace {

using kernels::AttentionJob;

/// Multiply-adds below which a thread is not worth waking.
constexpr std::int64_t kThreadWork = 32 * 1024;
/// Tokens of one query head that make a job.
constexpr std::int64_t kJobTokens = 32;

bool takes_kernels(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return q.is_cpu() && q.scalar_type() == at::kFloat && !records_gradients(q, k) && !records_gradients(v, v);
}

/// Row 0 of one head's keys or values.
kernels::FloatRows head_rows(const at::Tensor& store, std::int64_t sequence, std::int64_t head) {
  const std::int64_t offset = sequence * store.stride(0) + head * store.stride(1);
  const auto* bytes = static_cast<const char*>(store.const_data_ptr());
  return {bytes + offset * static_cast<std::int64_t>(store.element_size()), float_type(store.scalar_type()),
          store.stride(2)};
}

void run_jobs(const std::vector<AttentionJob>& jobs) {
  std::int64_t work = 0;
  for (const AttentionJob& job : jobs) work += 2 * job.num_rows * job.num_keys * job.head_dim;
  const auto count = static_cast<std::int64_t>(jobs.size());
  const std::int64_t grain = std::max<std::int64_t>(1, kThreadWork * count / std::max<std::int64_t>(1, work));
  at::parallel_for(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) kernels::kernels().attention(jobs[static_cast<std::size_t>(i)]);
  });
}

float score_scale(std::int64_t head_dim) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(head_dim)));
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            std::optional<std::int64_t> window) {
  if (!takes_kernels(q, k, v)) return causal_attention_composed(q, k, v, window);
  const auto queries = q.contiguous();  // [B, T, H, K]
  auto out = at::empty_like(queries);   // [B, T, H, K]
  const std::int64_t tokens = q.size(1);
  const std::int64_t group = q.size(2) / k.size(1);
  std::vector<AttentionJob> jobs;
  for (std::int64_t b = 0; b < q.size(0); ++b) {
    for (std::int64_t head = 0; head < q.size(2); ++head) {
      for (std::int64_t token = 0; token < tokens; token += kJobTokens) {
        const std::int64_t offset = b * queries.stride(0) + token * queries.stride(1) + head * queries.stride(2);
        jobs.push_back({.queries = queries.const_data_ptr<float>() + offset,
                        .out = out.mutable_data_ptr<float>() + offset,
                        .row_stride = queries.stride(1),
                        .num_rows = std::min(kJobTokens, tokens - token),
                        .head_dim = q.size(3),
                        .keys = head_rows(k, b, head / group),
                        .values = head_rows(v, b, head / group),
                        .num_keys = k.size(2) - tokens + token + 1,
                        .keys_per_row = 1,
                        .window = window.value_or(0),
                        .scale = score_scale(q.size(3))});
      }
    }
  }
  run_jobs(jobs);
  return out;
}

at::Tensor decode_attention(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                            const std::vector<std::int64_t>& slots) {
  const auto& keys = cache.keys(layer);      // [slots, Hkv, capacity, K]
  const auto& values = cache.values(layer);  // [slots, Hkv, capacity, K]
  if (!takes_kernels(q, keys, values)) return decode_attention_composed(q, cache, layer, slots);
  const auto queries = q.contiguous();  // [B, H, K]
  auto out = at::empty_like(queries);   // [B, H, K]
  const std::int64_t group = q.size(1) / keys.size(1);
  std::vector<AttentionJob> jobs;
  for (std::size_t b = 0; b < slots.size(); ++b) {
    for (std::int64_t head = 0; head < keys.size(1); ++head) {
      const std::int64_t offset = static_cast<std::int64_t>(b) * queries.stride(0) + head * group * queries.stride(1);
      jobs.push_back({.queries = queries.const_data_ptr<float>() + offset,
                      .out = out.mutable_data_ptr<float>() + offset,
                      .row_stride = queries.stride(1),
                      .num_rows = group,
                      .head_dim = q.size(2),
                      .keys = head_rows(keys, slots[b], head),
                      .values = head_rows(values, slots[b], head),
                      .num_keys = std::min(cache.length(slots[b]) + 1, cache.capacity()),
                      .keys_per_row = 0,
                      .window = 0,
                      .scale = score_scale(q.size(2))});
    }
  }
  run_jobs(jobs);
  return out;
}

}  // namespace quartet::model
