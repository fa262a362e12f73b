#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

/// The operations between the matrix products. On a CPU in float32 each is one pass over memory, forward and backward,
/// with gradients where asked; elsewhere they are composed of LibTorch's operations with the roundings of transformers.
namespace quartet::model {

/// x [N, D], gain [D] -> x / sqrt(mean(x^2) + eps) * gain, statistics in float32.
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain, double eps);

/// Cosines and sines of P positions; row n of an activation stands at position row n mod P.
struct RopeTable {
  at::Tensor cos;  // [P, K / 2] float32
  at::Tensor sin;  // [P, K / 2] float32
};

/// positions [P] int64 -> angles position * theta^(-2 i / K), in float32 as transformers computes them.
RopeTable rope_table(const at::Tensor& positions, std::int64_t head_dim, double theta);

/// Rotate-half rotary embedding: x [N, heads * K] -> the same shape.
at::Tensor rope(const at::Tensor& x, const RopeTable& table);

/// silu(gate) * up, elementwise. Shapes: gate, up [N, F].
at::Tensor silu_mul(const at::Tensor& gate, const at::Tensor& up);

}  // namespace quartet::model
