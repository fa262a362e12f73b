#pragma once

#include "quartet/kernels/kernels.h"

namespace quartet::kernels {

const Kernels& portable_kernels();
/// Null where the compiler's target has no AVX2.
const Kernels* avx2_kernels();

}  // namespace quartet::kernels
