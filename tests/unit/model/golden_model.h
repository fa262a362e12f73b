#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/model/transformer.h"

namespace quartet::model::testing {

/// A model of tests/golden/models and what transformers computed with it.
struct GoldenModel {
  std::shared_ptr<const checkpoint::CheckpointReader> reader;
  std::unique_ptr<Transformer> model;

  struct Prompt {
    at::Tensor ids;                         // [T]
    at::Tensor logits;                      // [T, V]
    at::Tensor greedy;                      // [64]
    std::vector<at::Tensor> router_logits;  // per layer [T, E]; empty for a dense model
  };
  std::vector<Prompt> prompts;

  explicit GoldenModel(const std::string& name, const LoadOptions& options = {});
  KvCache make_cache(std::int64_t num_slots = 1, std::int64_t max_tokens = 128) const;
};

/// Every model directory of tests/golden/models.
std::vector<std::string> golden_model_names();

/// Largest |a - b| in units of b's largest magnitude.
double scaled_error(const at::Tensor& a, const at::Tensor& b);
/// Equal in every bit (a NaN differs from nothing).
bool same_bits(const at::Tensor& a, const at::Tensor& b);
/// [1, T, V] logits of one whole forward pass.
at::Tensor forward_logits(const Transformer& model, const at::Tensor& ids);
/// [T, V] logits of a prompt given to a slot in chunks.
at::Tensor prefill_logits(const Transformer& model, const at::Tensor& ids, KvCache& cache, std::int64_t chunk,
                          std::int64_t slot = 0);
/// Random token ids of a vocabulary, the same for the same seed.
at::Tensor random_ids(at::IntArrayRef shape, std::int64_t vocab_size, std::uint64_t seed);

}  // namespace quartet::model::testing
