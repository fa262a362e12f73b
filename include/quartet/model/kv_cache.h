#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "quartet/arch/model_config.h"

namespace quartet::model {

/// Keys and values of up to `num_slots` sequences, one slot each, with its own length. With a sliding window W a slot keeps
/// the last W positions only (position p lies at p mod W).
class KvCache {
 public:
  /// `max_tokens`: the longest sequence (prompt + answer) that a slot will hold. Memory: 2 * L * num_slots * Hkv * K *
  /// min(max_tokens, W) elements.
  KvCache(const arch::ModelConfig& config, std::int64_t num_slots, std::int64_t max_tokens, at::ScalarType dtype,
          const at::Device& device);

  std::int64_t num_slots() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Tokens seen by a slot so far = the next position.
  std::int64_t length(std::int64_t slot) const { return lengths_[slot]; }
  /// Positions kept per slot.
  std::int64_t capacity() const { return capacity_; }
  std::int64_t max_tokens() const { return max_tokens_; }
  void reset(std::int64_t slot) { lengths_[slot] = 0; }
  void advance(std::int64_t slot, std::int64_t num_tokens) { lengths_[slot] += num_tokens; }

  at::Tensor& keys(std::int64_t layer) { return keys_[layer]; }      // [slots, Hkv, capacity, K]
  at::Tensor& values(std::int64_t layer) { return values_[layer]; }  // [slots, Hkv, capacity, K]

 private:
  std::int64_t capacity_;
  std::int64_t max_tokens_;
  std::vector<std::int64_t> lengths_;
  std::vector<at::Tensor> keys_;
  std::vector<at::Tensor> values_;
};

}  // namespace quartet::model
