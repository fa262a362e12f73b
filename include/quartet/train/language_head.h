#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "quartet/base/language.h"
#include "quartet/data/batch.h"
#include "quartet/data/sample.h"
#include "quartet/train/adamw.h"
#include "quartet/train/parameters.h"

namespace quartet::train {

/// The classes of a language head, in the order of the list of languages.
/// Throws: DataError for samples without a language; ConfigError for fewer than two.
std::vector<const base::Language*> language_classes(const std::vector<data::Sample>& samples);

/// A linear language classifier on every layer's router input, there while training only: it makes the language
/// readable at every token, which routers need. Its loss is the cross-entropy averaged over layers and over all tokens
/// of a step.
class LanguageHead {
 public:
  /// `languages`: at least two classes. Weights start at zero. Throws: ConfigError for fewer.
  LanguageHead(std::vector<const base::Language*> languages, std::int64_t num_layers, std::int64_t hidden_size,
               const at::Device& device, const AdamWOptions& options);

  /// An observer for Transformer::forward that keeps the router inputs of the pass.
  std::function<void(std::int64_t layer, const at::Tensor& router_input)> tap();

  struct Loss {
    at::Tensor mean_nats;    // [], part of the graph: mean over layers, sum over the batch's tokens / `step_tokens`
    double num_correct = 0;  ///< tokens whose language is the most likely class, averaged over layers
  };
  /// The loss of the pass that `tap` saw. `step_tokens`: tokens of the whole step.
  Loss loss(const data::Batch& batch, std::int64_t step_tokens);
  /// Updates and clears the classifier's own parameters.
  void step(double lr);

 private:
  std::vector<const base::Language*> languages_;
  std::vector<at::Tensor> router_inputs_;  // L of [B * T, D]
  at::Tensor weight_;                      // [L, D, E]
  at::Tensor bias_;                        // [L, 1, E]
  std::vector<Parameter> parameters_;
  GradientBuffer gradients_;
  AdamW optimizer_;
};

}  // namespace quartet::train
