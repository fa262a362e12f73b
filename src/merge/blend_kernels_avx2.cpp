#include "blend_kernels.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)

#include "blend_kernels_impl.h"

namespace quartet::merge {

const BlendKernels* avx2_blend_kernels() {
  const bool runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  return runs ? &kKernels : nullptr;
}

}  // namespace quartet::merge

#else

namespace quartet::merge {

const BlendKernels* avx2_blend_kernels() {
  return nullptr;
}

}  // namespace quartet::merge

#endif
