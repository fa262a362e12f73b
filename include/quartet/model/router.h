#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace quartet::model {

/// Which experts N tokens go to.
struct Routing {
  at::Tensor experts;  // [N, A] int64, best first
  at::Tensor weights;  // [N, A] float32, sum 1
};

/// Softmax over all experts in float32, the best A of them (the lower index where probabilities are equal),
/// renormalised.
///
/// Shapes: logits [N, E].
/// Source: arXiv:2401.04088 sec. 2.1; transformers renormalises after the choice, which is the same.
Routing route(const at::Tensor& logits, std::int64_t num_chosen);
/// Every token to one expert with weight 1. Throws: StateError if there is no such expert.
Routing route_to(std::int64_t expert, const at::Tensor& logits);

}  // namespace quartet::model
