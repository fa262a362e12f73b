#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "quartet/kernels/kernels.h"

/// Products of float32 activations with weights of any float type on a CPU, without gradients.
namespace quartet::model {

/// The kernels' word for a tensor's type. Throws: StateError for a type that is no weight's.
kernels::FloatType float_type(at::ScalarType dtype);
/// The rows of a matrix whose last dimension lies contiguously.
kernels::FloatRows rows_of(const at::Tensor& matrix);

/// One product y = x w^T of a group.
struct GemvTask {
  at::Tensor x;  // [M, in] float32, contiguous
  at::Tensor w;  // [out, in]
  at::Tensor y;  // [M, out] float32, contiguous, written
};

/// All products in one parallel region. Bits depend neither on M nor on the number of threads.
void gemv_all(std::span<const GemvTask> tasks);
/// x [M, in], w [out, in] -> [M, out] through the matrix-vector kernels.
at::Tensor gemv(const at::Tensor& x, const at::Tensor& w);
/// x [M, in], w [out, in] -> [M, out] for many rows: LibTorch's float32 product; 16-bit weights are widened panel by
/// panel.
at::Tensor gemm(const at::Tensor& x, const at::Tensor& w);

}  // namespace quartet::model
