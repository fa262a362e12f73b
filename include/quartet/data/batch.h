#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "quartet/data/batch_stream.h"
#include "quartet/data/sample.h"

namespace quartet::data {

/// Samples side by side, padded on the right with id 0.
struct Batch {
  at::Tensor ids;        // [B, T] int64
  at::Tensor positions;  // [N] int64: rows of [B * T] whose next token is trained
  at::Tensor targets;    // [N] int64: those next tokens
  at::Tensor real;       // [M] int64: rows of [B * T] that are no padding
  std::vector<std::int64_t> lengths;
  std::vector<const base::Language*> languages;  ///< one a sample, null where unknown

  std::int64_t num_tokens() const { return real.numel(); }
  std::int64_t num_trained() const { return targets.numel(); }
};

Batch collate(const std::vector<Sample>& samples, const Indices& indices, const at::Device& device);

}  // namespace quartet::data
