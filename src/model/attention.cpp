#include "quartet/model/attention.h"

#include "quartet/model/attention_ops.h"
#include "quartet/model/elementwise.h"

namespace quartet::model {

Attention::Attention(const arch::ModelConfig& config, std::int64_t layer, Projections projections)
    : projections_(projections), layer_(layer), head_dim_(config.head_dim), window_(config.sliding_window) {}

/// [N, heads * K] -> [B, T, heads, K], a view.
at::Tensor Attention::split_heads(const at::Tensor& x, const Pass& pass) const {
  return x.view({pass.batch, pass.tokens, -1, head_dim_});
}

at::Tensor Attention::attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Pass& pass) const {
  if (pass.kind == PassKind::kDecode) {
    pass.cache->append_each(layer_, pass.slots, k, v);
    return decode_attention(q.view({pass.batch, -1, head_dim_}), *pass.cache, layer_, pass.slots).view(q.sizes());
  }
  auto keys = split_heads(k, pass).transpose(1, 2);    // [B, Hkv, T, K]
  auto values = split_heads(v, pass).transpose(1, 2);  // [B, Hkv, T, K]
  if (pass.kind == PassKind::kPrefill) {
    const auto seen = pass.cache->append(layer_, pass.slots[0], keys[0], values[0]);
    keys = seen.first.unsqueeze(0);     // [1, Hkv, S, K]
    values = seen.second.unsqueeze(0);  // [1, Hkv, S, K]
  }
  return causal_attention(split_heads(q, pass), keys, values, window_).reshape(q.sizes());
}

at::Tensor Attention::forward(const at::Tensor& x, const Pass& pass) const {
  const auto qkv = Linear::forward_all({projections_.query, projections_.key, projections_.value}, x);
  const auto q = rope(qkv[0], pass.rope);  // [N, H * K]
  const auto k = rope(qkv[1], pass.rope);  // [N, Hkv * K]
  return projections_.output->forward(attend(q, k, qkv[2], pass));
}

}  // namespace quartet::model
