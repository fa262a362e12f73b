#include "quartet/model/transformer.h"

#include <ATen/core/grad_mode.h>

#include <functional>
#include <set>
#include <utility>
#include <variant>

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/model/decoder_layer.h"
#include "quartet/model/weight_loader.h"
#include "quartet/tensor/shape_check.h"

namespace quartet::model {
namespace {

/// Up to this many rows the head takes the kernels whose bits do not depend on the number of rows.
constexpr std::int64_t kSteadyRows = 256;

using arch::Projection;

Mlp make_mlp(const Weights& weights, const std::function<std::string(Projection)>& name) {
  const auto linear = [&](Projection projection) { return &weights.linears.at(name(projection)); };
  return {linear(Projection::kGate), linear(Projection::kUp), linear(Projection::kDown)};
}

std::variant<Mlp, MoeMlp> make_feed_forward(const arch::ModelConfig& config, const Weights& weights,
                                            std::int64_t layer) {
  if (!config.is_moe()) {
    return make_mlp(weights, [&](Projection projection) { return arch::projection_name(layer, projection); });
  }
  std::vector<Mlp> experts;
  for (std::int64_t e = 0; e < config.num_local_experts; ++e) {
    experts.push_back(
        make_mlp(weights, [&](Projection projection) { return arch::expert_name(layer, e, projection); }));
  }
  return MoeMlp(layer, &weights.linears.at(arch::router_name(layer)), std::move(experts), config.num_experts_per_tok);
}

Attention make_attention(const arch::ModelConfig& config, const Weights& weights, std::int64_t layer) {
  const auto linear = [&](Projection projection) {
    return &weights.linears.at(arch::projection_name(layer, projection));
  };
  return {
      config,
      layer,
      {linear(Projection::kQuery), linear(Projection::kKey), linear(Projection::kValue), linear(Projection::kOutput)}};
}

}  // namespace

struct Transformer::Impl {
  arch::ModelConfig config;
  Weights weights;
  std::vector<DecoderLayer> layers;
  RmsNorm final_norm;
  std::optional<std::int64_t> forced_expert;

  Linear& head() { return weights.linears.at(arch::head_name()); }
  void build_blocks();
  at::Tensor run(const at::Tensor& ids, const Pass& pass) const;
  RopeTable rope_at(const at::Tensor& positions) const {
    return rope_table(positions, config.head_dim, config.rope_theta);
  }
};

void Transformer::Impl::build_blocks() {
  const auto norm = [&](const std::string& name) { return RmsNorm{weights.norms.at(name), config.rms_norm_eps}; };
  layers.clear();
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    layers.emplace_back(layer, norm(arch::input_norm_name(layer)), make_attention(config, weights, layer),
                        norm(arch::post_attention_norm_name(layer)), make_feed_forward(config, weights, layer));
  }
  final_norm = norm(arch::final_norm_name());
}

/// ids [N] -> hidden [N, D] after the final norm.
at::Tensor Transformer::Impl::run(const at::Tensor& ids, const Pass& pass) const {
  const auto dtype = model::compute_dtype(weights.embedding.scalar_type(), weights.embedding.device());
  auto h = at::embedding(weights.embedding, ids).to(dtype);  // [N, D]
  for (const DecoderLayer& layer : layers) h = layer.forward(h, pass);
  return final_norm.forward(h);
}

Transformer::Transformer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transformer::~Transformer() = default;

std::unique_ptr<Transformer> Transformer::load(const checkpoint::CheckpointReader& reader, const LoadOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->config = reader.config();
  impl->weights = load_weights(reader, options);
  impl->build_blocks();
  return std::unique_ptr<Transformer>(new Transformer(std::move(impl)));
}

const arch::ModelConfig& Transformer::config() const {
  return impl_->config;
}

at::Device Transformer::device() const {
  return impl_->weights.embedding.device();
}

at::ScalarType Transformer::compute_dtype() const {
  return model::compute_dtype(impl_->weights.embedding.scalar_type(), device());
}

at::ScalarType Transformer::cache_dtype() const {
  return compute_dtype();
}

at::Tensor Transformer::forward(const at::Tensor& ids, const Taps& taps) const {
  tensor::check_shape("transformer", "ids", ids, {-1, -1});
  const std::int64_t batch = ids.size(0);
  const std::int64_t tokens = ids.size(1);
  const Pass pass{.kind = PassKind::kForward,
                  .batch = batch,
                  .tokens = tokens,
                  .rope = impl_->rope_at(at::arange(tokens, ids.options())),
                  .taps = taps,
                  .forced_expert = impl_->forced_expert};
  return impl_->run(ids.reshape({-1}), pass).view({batch, tokens, -1});
}

at::Tensor Transformer::prefill(const at::Tensor& ids, KvCache& cache, std::int64_t slot, const Taps& taps) const {
  tensor::check_shape("transformer", "ids", ids, {-1});
  const at::NoGradGuard no_grad;
  const std::int64_t tokens = ids.size(0);
  cache.check_room(slot, tokens);
  const std::int64_t start = cache.length(slot);
  const Pass pass{.kind = PassKind::kPrefill,
                  .batch = 1,
                  .tokens = tokens,
                  .rope = impl_->rope_at(at::arange(start, start + tokens, ids.options())),
                  .taps = taps,
                  .cache = &cache,
                  .slots = {slot},
                  .forced_expert = impl_->forced_expert};
  auto hidden = impl_->run(ids, pass);  // [T, D]
  cache.advance(slot, tokens);
  return hidden;
}

at::Tensor Transformer::decode(const at::Tensor& ids, KvCache& cache, const std::vector<std::int64_t>& slots,
                               const Taps& taps) const {
  tensor::check_shape("transformer", "ids", ids, {static_cast<std::int64_t>(slots.size())});
  const at::NoGradGuard no_grad;
  std::vector<std::int64_t> positions;
  for (const std::int64_t slot : slots) {
    cache.check_room(slot, 1);
    positions.push_back(cache.length(slot));
  }
  if (std::set<std::int64_t>(slots.begin(), slots.end()).size() != slots.size()) {
    throw StateError("[transformer] a slot stands twice in one decode step");
  }
  const Pass pass{.kind = PassKind::kDecode,
                  .batch = ids.size(0),
                  .tokens = 1,
                  .rope = impl_->rope_at(at::tensor(positions, at::kLong).to(ids.device())),
                  .taps = taps,
                  .cache = &cache,
                  .slots = slots,
                  .forced_expert = impl_->forced_expert};
  auto hidden = impl_->run(ids, pass);  // [B, D]
  for (const std::int64_t slot : slots) cache.advance(slot, 1);
  return hidden;
}

at::Tensor Transformer::logits(const at::Tensor& hidden) const {
  const std::int64_t hidden_size = impl_->config.hidden_size;
  if (hidden.dim() == 0 || hidden.size(-1) != hidden_size) {
    tensor::check_shape("transformer", "hidden", hidden, {-1, hidden_size});
  }
  const auto rows = hidden.reshape({-1, hidden_size});  // [N, D]
  const PassKind kind = rows.size(0) <= kSteadyRows ? PassKind::kDecode : PassKind::kForward;
  std::vector<std::int64_t> sizes = hidden.sizes().vec();
  sizes.back() = impl_->config.vocab_size;
  return impl_->head().forward(rows, kind).to(at::kFloat).view(sizes);
}

void Transformer::attach_adapter(const checkpoint::AdapterFile& adapter, bool trainable) {
  adapter.check_fits(impl_->config, "adapter");
  if (trainable) {
    for (auto& [name, linear] : impl_->weights.linears) linear.freeze_for_training();
    for (auto& [name, gain] : impl_->weights.norms) gain = gain.detach();
    impl_->weights.embedding = impl_->weights.embedding.detach();
    impl_->build_blocks();
  }
  for (const auto& [name, pair] : adapter.pairs) {
    const auto found = impl_->weights.linears.find(name);
    if (found == impl_->weights.linears.end()) {
      throw CheckpointError(base::cat("adapter: ", name, " is no linear layer of this ", impl_->config.model_type,
                                      " model: the adapter was made for another base"));
    }
    found->second.attach(pair, trainable);
  }
}

void Transformer::fold_adapters() {
  for (auto& [name, linear] : impl_->weights.linears) linear.fold();
}

std::map<std::string, at::Tensor> Transformer::weights() const {
  std::map<std::string, at::Tensor> all = impl_->weights.norms;
  all.emplace(arch::embedding_name(), impl_->weights.embedding);
  for (const auto& [name, linear] : impl_->weights.linears) {
    if (name != arch::head_name() || !impl_->config.tie_word_embeddings) all.emplace(name, linear.weight());
  }
  return all;
}

std::map<std::string, checkpoint::LoraPair> Transformer::adapters() const {
  std::map<std::string, checkpoint::LoraPair> all;
  for (const auto& [name, linear] : impl_->weights.linears) {
    if (linear.adapter()) all.emplace(name, *linear.adapter());
  }
  return all;
}

std::uint64_t Transformer::weight_bytes_per_token() const {
  const auto& config = impl_->config;
  std::uint64_t every_token = 0;
  std::uint64_t experts = 0;
  for (const auto& spec : arch::tensor_specs(config)) {
    if (spec.role == arch::TensorRole::kNorm || spec.role == arch::TensorRole::kEmbedding) continue;
    (spec.expert >= 0 ? experts : every_token) += impl_->weights.linears.at(spec.name).bytes();
  }
  if (config.tie_word_embeddings) every_token += impl_->head().bytes();
  for (const auto& [name, gain] : impl_->weights.norms) every_token += gain.nbytes();
  every_token += impl_->weights.embedding.nbytes() / static_cast<std::uint64_t>(config.vocab_size);
  if (experts == 0) return every_token;
  return every_token + experts * static_cast<std::uint64_t>(config.num_experts_per_tok) /
                           static_cast<std::uint64_t>(config.num_local_experts);
}

void Transformer::force_expert(std::optional<std::int64_t> expert) {
  if (expert && (*expert < 0 || *expert >= impl_->config.num_local_experts)) {
    throw StateError(base::cat("[transformer] expert ", *expert, " of ", impl_->config.num_local_experts));
  }
  impl_->forced_expert = expert;
}

}  // namespace quartet::model
