#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "quartet/model/elementwise.h"
#include "quartet/model/kv_cache.h"
#include "quartet/model/linear.h"
#include "quartet/model/transformer.h"

namespace quartet::model {

/// What the blocks know of the pass that they run in. Activations are [N, D] with N = batch * tokens, sequence by
/// sequence.
struct Pass {
  PassKind kind;
  std::int64_t batch;   ///< B sequences
  std::int64_t tokens;  ///< T new tokens of each
  RopeTable rope;       ///< of the N rows, or of the T rows that every sequence shares
  const Taps& taps;
  KvCache* cache = nullptr;         ///< none in a whole forward pass
  std::vector<std::int64_t> slots;  ///< of the B sequences, where there is a cache
  std::optional<std::int64_t> forced_expert;
};

}  // namespace quartet::model
