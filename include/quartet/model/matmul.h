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
struct MatmulTask {
  at::Tensor x;  // [M, in] float32, rows contiguous
  at::Tensor w;  // [out, in]
  at::Tensor y;  // [M, out] float32, contiguous, written
};

/// All products in one parallel region. The bits of a row depend neither on the other rows nor on the number of
/// threads, so one token gives the same result alone, in a batch and within a prompt; yet it keeps up with a packing
/// GEMM.
void steady_matmul_all(std::span<const MatmulTask> tasks);
/// x [M, in], w [out, in] -> [M, out].
at::Tensor steady_matmul(const at::Tensor& x, const at::Tensor& w);

}  // namespace quartet::model
