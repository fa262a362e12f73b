#include "dispatch.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#include "vec_avx2.h"
// The kernels are written once against Vec and compiled per instruction set.
#include "kernels_impl.h"

namespace quartet::kernels {

const Kernels* avx2_kernels() {
  static constexpr Kernels kKernels = make_kernels("avx2");
  return &kKernels;
}

}  // namespace quartet::kernels
#else
namespace quartet::kernels {

const Kernels* avx2_kernels() {
  return nullptr;
}

}  // namespace quartet::kernels
#endif
