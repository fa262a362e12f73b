#include "blend_kernels.h"

#include "blend_kernels_impl.h"

namespace quartet::merge {

const BlendKernels& portable_blend_kernels() {
  return kKernels;
}

const BlendKernels& blend_kernels() {
  static const BlendKernels* const best = avx2_blend_kernels() ? avx2_blend_kernels() : &kKernels;
  return *best;
}

}  // namespace quartet::merge
