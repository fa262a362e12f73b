#include "quartet/model/weight_loader.h"

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"

namespace quartet::model {

at::ScalarType compute_dtype(at::ScalarType weight_dtype, const at::Device& device) {
  return device.is_cpu() ? at::kFloat : weight_dtype;
}

Weights load_weights(const checkpoint::CheckpointReader& reader, const LoadOptions& options) {
  checkpoint::check_against_specs(reader);
  const auto held = [&](const std::string& name) {
    const auto stored = reader.tensor(name);
    if (options.trainable) {  // a leaf of its own: the file's map must not be written to
      return stored.to(options.device, at::kFloat, /*non_blocking=*/false, /*copy=*/true).requires_grad_(true);
    }
    return stored.to(options.device, options.dtype.value_or(stored.scalar_type())).contiguous();
  };
  Weights weights;
  for (const arch::TensorSpec& spec : arch::tensor_specs(reader.config())) {
    auto value = held(spec.name);
    switch (spec.role) {
      case arch::TensorRole::kEmbedding:
        weights.embedding = value;
        break;
      case arch::TensorRole::kNorm:
        weights.norms.emplace(spec.name, value.to(compute_dtype(value.scalar_type(), options.device)));
        break;
      default:
        weights.linears.emplace(spec.name, Linear(value));
    }
  }
  if (reader.config().tie_word_embeddings) weights.linears.emplace(arch::head_name(), Linear(weights.embedding));
  return weights;
}

}  // namespace quartet::model
