#include "dispatch.h"
#include "vec_portable.h"
// The kernels are written once against Vec and compiled per instruction set.
#include "kernels_impl.h"

namespace quartet::kernels {

const Kernels& portable_kernels() {
  static constexpr Kernels kKernels = make_kernels("portable");
  return kKernels;
}

}  // namespace quartet::kernels
