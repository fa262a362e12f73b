#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "quartet/model/kv_cache.h"

/// Masked attention without its projections. The mask is built here on purpose; there is no unmasked path.
namespace quartet::model {

/// Attention of the last T of S positions: query i stands at position S - T + i and sees the keys up to its own, with a
/// window the last `window` of them, itself included. Keys and values may be held in 16 bits.
///
/// Shapes: q [B, T, H, K], k, v [B, Hkv, S, K] -> [B, T, H, K]; H is a multiple of Hkv.
/// Note:   on a CPU in float32 without gradients a token's bits do not depend on T, B or later tokens.
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            std::optional<std::int64_t> window);

/// One new token of each of B slots against everything that its slot holds; the token's keys and values are there
/// already and `cache` is not advanced yet. The order of a ring's places does not matter to attention.
///
/// Shapes: q [B, H, K] -> [B, H, K].
/// Note:   as causal_attention; the same bits, too, while no slot has wrapped.
at::Tensor decode_attention(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                            const std::vector<std::int64_t>& slots);

/// The same two composed of LibTorch's operations: with gradients, and on any device.
at::Tensor causal_attention_composed(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                     std::optional<std::int64_t> window);
at::Tensor decode_attention_composed(const at::Tensor& q, KvCache& cache, std::int64_t layer,
                                     const std::vector<std::int64_t>& slots);

}  // namespace quartet::model
