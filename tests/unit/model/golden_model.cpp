#include "golden_model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cstring>

#include "quartet/checkpoint/safetensors_reader.h"
#include "support/test_files.h"

namespace quartet::model::testing {

using quartet::testing::golden;

GoldenModel::GoldenModel(const std::string& name, const LoadOptions& options) {
  const auto directory = golden("models") / name;
  reader = checkpoint::CheckpointReader::open(directory);
  model = Transformer::load(*reader, options);
  const auto file = checkpoint::SafetensorsFile::open(directory / "golden.safetensors");
  for (int i = 0; file->find("prompt." + std::to_string(i) + ".input_ids") != nullptr; ++i) {
    const std::string prefix = "prompt." + std::to_string(i) + ".";
    Prompt prompt{
        file->tensor(prefix + "input_ids"), file->tensor(prefix + "logits"), file->tensor(prefix + "greedy"), {}};
    for (int layer = 0; file->find(prefix + "router_logits." + std::to_string(layer)) != nullptr; ++layer) {
      prompt.router_logits.push_back(file->tensor(prefix + "router_logits." + std::to_string(layer)));
    }
    prompts.push_back(prompt);
  }
}

KvCache GoldenModel::make_cache(std::int64_t num_slots, std::int64_t max_tokens) const {
  return {model->config(), num_slots, max_tokens, model->cache_dtype(), model->device()};
}

std::vector<std::string> golden_model_names() {
  std::vector<std::string> names;
  for (const auto& name : quartet::testing::list_directory(golden("models"))) {
    if (std::filesystem::is_directory(golden("models") / name)) names.push_back(name);
  }
  return names;
}

double scaled_error(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  const auto left = a.contiguous();
  const auto right = b.contiguous();
  return left.sizes() == right.sizes() && left.scalar_type() == right.scalar_type() &&
         std::memcmp(left.const_data_ptr(), right.const_data_ptr(), left.nbytes()) == 0;
}

at::Tensor forward_logits(const Transformer& model, const at::Tensor& ids) {
  return model.logits(model.forward(ids.dim() == 1 ? ids.unsqueeze(0) : ids));
}

at::Tensor prefill_logits(const Transformer& model, const at::Tensor& ids, KvCache& cache, std::int64_t chunk,
                          std::int64_t slot) {
  std::vector<at::Tensor> hidden;
  for (std::int64_t begin = 0; begin < ids.size(0); begin += chunk) {
    hidden.push_back(model.prefill(ids.narrow(0, begin, std::min(chunk, ids.size(0) - begin)), cache, slot));
  }
  return model.logits(at::cat(hidden, 0));
}

at::Tensor random_ids(at::IntArrayRef shape, std::int64_t vocab_size, std::uint64_t seed) {
  return at::randint(3, vocab_size, shape, at::detail::createCPUGenerator(seed), at::TensorOptions().dtype(at::kLong));
}

}  // namespace quartet::model::testing
