#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace quartet::routing {

/// Router rows by linear discriminant analysis with a shrunken covariance, in closed form and in float64.
///
/// Classes count alike whatever their number of tokens. The biases of the classes are folded into the rows along the
/// direction of least variance, since Mixtral's gate has none; the mean row is taken off, which changes no choice.
/// Shapes: inputs [N, D], labels [N] int64 in [0, num_experts]; the class `num_experts` (negative prompts) shapes mean
///         and covariance and has no row -> [E, D] float64.
/// Units:  shrinkage in (0, 1]: share of the identity in the covariance.
/// Throws: DataError if an expert has no token; NumericError if the result is not finite.
at::Tensor fit_contrastive(const at::Tensor& inputs, const at::Tensor& labels, std::int64_t num_experts,
                           double shrinkage);

/// The factor on the rows that gives the least mean negative log-likelihood of the labels (classes count alike), by
/// golden section over [1e-3, 1e3]. Shapes: router [E, D], inputs [N, D], labels [N] in [0, E). N > 0.
double fit_sharpness(const at::Tensor& router, const at::Tensor& inputs, const at::Tensor& labels);

}  // namespace quartet::routing
