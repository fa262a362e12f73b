#pragma once

#include <ATen/core/Tensor.h>

#include "quartet/checkpoint/adapter_file.h"

namespace quartet::merge {

/// Frobenius norms of one fold, summed in float64.
struct FoldNorms {
  double weight = 0;  ///< of the base weight
  double delta = 0;   ///< of scaling * B * A
  double added = 0;   ///< of (result - weight): what the rounding to the result's dtype left of the delta
};

/// weight + scaling * (B * A), computed in float32 and rounded once to `dtype`; on CPU, bytes do not depend on the
/// thread count. Shapes: weight [out, in], pair.a [R, in], pair.b [out, R] -> [out, in]. Throws: ShapeError.
at::Tensor fold_lora(const at::Tensor& weight, const checkpoint::LoraPair& pair, at::ScalarType dtype,
                     FoldNorms& norms);

}  // namespace quartet::merge
