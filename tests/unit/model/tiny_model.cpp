#include "tiny_model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <nlohmann/json.hpp>

#include "quartet/arch/tensor_spec.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/tensor/dtype.h"
#include "support/test_files.h"

namespace quartet::model::testing {

arch::ModelConfig tiny_config(std::int64_t num_experts) {
  arch::ModelConfig config;
  config.model_type = num_experts > 0 ? "mixtral" : "mistral";
  config.vocab_size = 50;
  config.hidden_size = 24;
  config.intermediate_size = 32;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 6;
  config.max_position_embeddings = 256;
  config.rms_norm_eps = 1e-5;
  config.rope_theta = 10000;
  config.num_local_experts = num_experts;
  config.num_experts_per_tok = num_experts > 0 ? 2 : 0;
  config.eos_token_ids = {2};
  return config;
}

TensorMap random_weights(const arch::ModelConfig& config, std::uint64_t seed, at::ScalarType dtype) {
  auto generator = at::detail::createCPUGenerator(seed);
  TensorMap weights;
  for (const auto& spec : arch::tensor_specs(config)) {
    const bool is_norm = spec.role == arch::TensorRole::kNorm;
    const auto noise = at::randn(spec.shape, generator, at::TensorOptions().dtype(at::kFloat));
    weights[spec.name] = (is_norm ? noise * 0.1 + 1.0 : noise * 0.3).to(dtype);
  }
  return weights;
}

std::unique_ptr<Transformer> make_model(const arch::ModelConfig& config, const TensorMap& weights,
                                        const LoadOptions& options) {
  const quartet::testing::TempDir directory;
  std::vector<checkpoint::PlannedTensor> plan;
  for (const auto& [name, value] : weights) plan.push_back({name, value.scalar_type(), value.sizes().vec()});
  checkpoint::CheckpointWriter writer(directory.path(), plan);
  for (const auto& [name, value] : weights) writer.write(name, value);
  writer.commit();
  const std::string dtype = tensor::dtype_name(weights.begin()->second.scalar_type());
  quartet::testing::write_bytes(directory / "config.json", arch::to_hf_config(config, dtype).dump());
  return Transformer::load(*checkpoint::CheckpointReader::open(directory.path()), options);
}

std::unique_ptr<Transformer> make_model(const arch::ModelConfig& config, std::uint64_t seed,
                                        const LoadOptions& options) {
  return make_model(config, random_weights(config, seed), options);
}

checkpoint::AdapterFile random_adapter(const arch::ModelConfig& config, std::uint64_t seed, bool zero_b) {
  constexpr std::int64_t kRank = 3;
  auto generator = at::detail::createCPUGenerator(seed);
  checkpoint::AdapterFile adapter;
  adapter.settings.rank = kRank;
  adapter.settings.alpha = 2 * kRank;
  for (const auto& spec : arch::tensor_specs(config)) {
    if (spec.role == arch::TensorRole::kNorm || spec.role == arch::TensorRole::kEmbedding) continue;
    const auto options = at::TensorOptions().dtype(at::kFloat);
    const auto a = at::randn({kRank, spec.shape[1]}, generator, options) * 0.1;
    const auto b = at::randn({spec.shape[0], kRank}, generator, options) * (zero_b ? 0.0 : 0.1);
    adapter.pairs[spec.name] = {a, b, 2.0};
  }
  return adapter;
}

}  // namespace quartet::model::testing
