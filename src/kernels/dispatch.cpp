#include "dispatch.h"

namespace quartet::kernels {

namespace {

bool processor_has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
#else
  return false;
#endif
}

}  // namespace

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> sets = {&portable_kernels()};
  if (avx2_kernels() != nullptr && processor_has_avx2()) {
    sets.push_back(avx2_kernels());
  }
  return sets;
}

const Kernels& kernels() {
  static const Kernels& best = *available_kernels().back();
  return best;
}

}  // namespace quartet::kernels
