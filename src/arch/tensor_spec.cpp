#include "quartet/arch/tensor_spec.h"

#include "quartet/arch/hf_names.h"

namespace quartet::arch {
namespace {

std::vector<std::int64_t> attention_shape(const ModelConfig& config, Projection projection) {
  const auto query_rows = config.num_attention_heads * config.head_dim;  // H * K
  const auto key_rows = config.num_key_value_heads * config.head_dim;    // Hkv * K
  switch (projection) {
    case Projection::kQuery:
      return {query_rows, config.hidden_size};
    case Projection::kOutput:
      return {config.hidden_size, query_rows};
    default:
      return {key_rows, config.hidden_size};
  }
}

std::vector<std::int64_t> mlp_shape(const ModelConfig& config, Projection projection) {
  if (projection == Projection::kDown) return {config.hidden_size, config.intermediate_size};
  return {config.intermediate_size, config.hidden_size};
}

void add_layer(const ModelConfig& config, std::int64_t layer, std::vector<TensorSpec>& specs) {
  const std::vector<std::int64_t> norm_shape{config.hidden_size};
  specs.push_back({input_norm_name(layer), norm_shape, TensorRole::kNorm, layer});
  for (const Projection projection : all_projections()) {
    if (!is_attention(projection)) continue;
    specs.push_back(
        {projection_name(layer, projection), attention_shape(config, projection), TensorRole::kAttention, layer});
  }
  specs.push_back({post_attention_norm_name(layer), norm_shape, TensorRole::kNorm, layer});
  if (config.is_moe()) {
    specs.push_back({router_name(layer), {config.num_local_experts, config.hidden_size}, TensorRole::kRouter, layer});
  }
  for (std::int64_t expert = config.is_moe() ? 0 : -1; expert < config.num_local_experts; ++expert) {
    for (const Projection projection : all_projections()) {
      if (is_attention(projection)) continue;
      const bool dense = expert < 0;
      specs.push_back({dense ? projection_name(layer, projection) : expert_name(layer, expert, projection),
                       mlp_shape(config, projection), dense ? TensorRole::kMlp : TensorRole::kExpert, layer, expert});
    }
  }
}

}  // namespace

std::vector<TensorSpec> tensor_specs(const ModelConfig& config) {
  const std::vector<std::int64_t> embedding_shape{config.vocab_size, config.hidden_size};
  std::vector<TensorSpec> specs;
  specs.push_back({embedding_name(), embedding_shape, TensorRole::kEmbedding});
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) add_layer(config, layer, specs);
  specs.push_back({final_norm_name(), {config.hidden_size}, TensorRole::kNorm});
  if (!config.tie_word_embeddings) specs.push_back({head_name(), embedding_shape, TensorRole::kHead});
  return specs;
}

}  // namespace quartet::arch
