#include "quartet/model/decoder_layer.h"

#include <utility>

namespace quartet::model {
namespace {

/// Rows as the caller of the pass knows them: [B, T, D] in a whole forward pass, else [N, D].
at::Tensor as_seen(const at::Tensor& x, const Pass& pass) {
  return pass.kind == PassKind::kForward ? x.view({pass.batch, pass.tokens, -1}) : x;
}

}  // namespace

DecoderLayer::DecoderLayer(std::int64_t index, RmsNorm input_norm, Attention attention, RmsNorm post_attention_norm,
                           std::variant<Mlp, MoeMlp> mlp)
    : index_(index),
      input_norm_(std::move(input_norm)),
      attention_(std::move(attention)),
      post_attention_norm_(std::move(post_attention_norm)),
      mlp_(std::move(mlp)) {}

at::Tensor DecoderLayer::feed_forward(const at::Tensor& x, const Pass& pass) const {
  if (const auto* dense = std::get_if<Mlp>(&mlp_)) return dense->forward(x, pass.kind);
  return std::get<MoeMlp>(mlp_).forward(x, pass);
}

at::Tensor DecoderLayer::forward(const at::Tensor& h, const Pass& pass) const {
  if (pass.taps.layer_input) pass.taps.layer_input(index_, as_seen(h, pass));
  const auto attended = h + attention_.forward(input_norm_.forward(h), pass);
  const auto normed = post_attention_norm_.forward(attended);
  if (pass.taps.router_input) pass.taps.router_input(index_, as_seen(normed, pass));
  return attended + feed_forward(normed, pass);
}

}  // namespace quartet::model
