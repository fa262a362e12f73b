#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "quartet/arch/model_config.h"

namespace quartet::model {

/// Keys and values of up to `num_slots` sequences, one slot each, with its own length. With a sliding window W a slot
/// keeps the last W positions only (position p lies at p mod W).
class KvCache {
 public:
  /// `max_tokens`: the longest sequence (prompt + answer) that a slot will hold. Memory: 2 * L * num_slots * Hkv * K *
  /// min(max_tokens, W) elements, touched as sequences grow. Throws: StateError for sizes that are not positive.
  KvCache(const arch::ModelConfig& config, std::int64_t num_slots, std::int64_t max_tokens, at::ScalarType dtype,
          const at::Device& device);

  std::int64_t num_slots() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Tokens seen by a slot so far = the next position.
  std::int64_t length(std::int64_t slot) const { return lengths_.at(static_cast<std::size_t>(slot)); }
  /// Positions kept per slot.
  std::int64_t capacity() const { return capacity_; }
  std::int64_t max_tokens() const { return max_tokens_; }
  void reset(std::int64_t slot) { lengths_.at(static_cast<std::size_t>(slot)) = 0; }
  void advance(std::int64_t slot, std::int64_t num_tokens) {
    lengths_.at(static_cast<std::size_t>(slot)) += num_tokens;
  }
  /// Throws: StateError if the slot cannot take `num_tokens` more, or does not exist.
  void check_room(std::int64_t slot, std::int64_t num_tokens) const;

  /// Appends T tokens' keys and values to a slot's layer (`advance` comes after the last layer) and returns what the
  /// new tokens may look at: the last positions up to the newest, oldest first.
  ///
  /// Shapes: k, v [Hkv, T, K] -> [Hkv, S, K] in k's dtype.
  std::pair<at::Tensor, at::Tensor> append(std::int64_t layer, std::int64_t slot, const at::Tensor& k,
                                           const at::Tensor& v);
  /// Appends one token to each of B slots. Shapes: k, v [B, Hkv * K].
  void append_each(std::int64_t layer, const std::vector<std::int64_t>& slots, const at::Tensor& k,
                   const at::Tensor& v);

  at::Tensor& keys(std::int64_t layer) { return keys_[static_cast<std::size_t>(layer)]; }      // [slots, Hkv, cap, K]
  at::Tensor& values(std::int64_t layer) { return values_[static_cast<std::size_t>(layer)]; }  // [slots, Hkv, cap, K]

 private:
  at::Tensor append_one(at::Tensor kept, std::int64_t start, const at::Tensor& fresh) const;

  std::int64_t capacity_;
  std::int64_t max_tokens_;
  std::vector<std::int64_t> lengths_;
  std::vector<at::Tensor> keys_;
  std::vector<at::Tensor> values_;
};

}  // namespace quartet::model
