#pragma once

#include <ATen/core/Tensor.h>

#include "quartet/data/batch.h"
#include "quartet/model/transformer.h"

namespace quartet::train {

/// What one forward pass lost.
struct LossSum {
  double nats = 0;  ///< summed over the trained tokens
  std::int64_t num_tokens = 0;
};

/// Cross-entropy of the trained tokens. Only their positions pass the head, a bounded number at a time, so that memory
/// does not grow with V * tokens.
///
/// Shapes: hidden [B, T, D]. Dtype: logits and loss in float32.
LossSum answer_loss(const model::Transformer& model, const at::Tensor& hidden, const data::Batch& batch);

/// Where the backward pass continues below the head.
struct LossSeed {
  at::Tensor picked;    // [N, D]: hidden states of the trained positions, part of the graph
  at::Tensor gradient;  // [N, D]: d (scale * sum of nats) / d picked
};

/// As above, with gradients: the head's own parameters receive theirs at once, the rest of the model is left to the
/// caller.
LossSum answer_loss(const model::Transformer& model, const at::Tensor& hidden, const data::Batch& batch, double scale,
                    LossSeed& seed);

}  // namespace quartet::train
