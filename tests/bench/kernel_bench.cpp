// Matrix-vector products on one thread, per instruction set, weight type and number of inputs.
//
// usage: kernel_bench [--portable]
// One JSON object a line; CPU time, best of several.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "quartet/kernels/kernels.h"

namespace quartet::kernels {
namespace {

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void bench(const Kernels& set, FloatType type, std::int64_t n, std::int64_t k, std::int64_t m) {
  constexpr const char* kTypeNames[] = {"float32", "bfloat16", "float16"};
  const std::int64_t element_bytes = type == FloatType::kFloat32 ? 4 : 2;
  const std::vector<float> numbers(static_cast<std::size_t>(n * k), 0.5F);
  std::vector<char> weights(static_cast<std::size_t>(n * k * element_bytes));
  set.from_float32(numbers.data(), n * k, type, weights.data());
  const std::vector<float> x(static_cast<std::size_t>(m * k), 0.25F);
  std::vector<float> y(static_cast<std::size_t>(m * n));
  double best = 1e9;
  for (int repeat = 0; repeat < 8; ++repeat) {
    const double start = cpu_seconds();
    set.dense_gemv(x.data(), k, m, {weights.data(), type, k}, k, 0, n, y.data(), n);
    best = std::min(best, cpu_seconds() - start);
  }
  const auto flop = 2.0 * static_cast<double>(n * k * m);
  std::printf(
      "{\"case\": \"gemv\", \"kernels\": \"%s\", \"weights\": \"%s\", \"N\": %d, \"K\": %d, \"M\": %d, "
      "\"GFLOP/s\": %.1f, \"GB/s\": %.1f}\n",
      set.name, kTypeNames[static_cast<int>(type)], static_cast<int>(n), static_cast<int>(k), static_cast<int>(m),
      flop / best / 1e9, static_cast<double>(n * k * element_bytes) / best / 1e9);
}

}  // namespace
}  // namespace quartet::kernels

int main(int argc, char** argv) {
  using namespace quartet::kernels;
  const bool portable_too = argc > 1 && std::strcmp(argv[1], "--portable") == 0;
  for (const Kernels* set : available_kernels()) {
    if (set != &kernels() && !portable_too) continue;
    for (const FloatType type : {FloatType::kFloat32, FloatType::kBfloat16, FloatType::kFloat16}) {
      for (const std::int64_t m : {1, 2, 4, 8, 16, 64}) {
        bench(*set, type, 768, 768, m);     // stays in the cache
        bench(*set, type, 14336, 4096, m);  // comes from memory
      }
    }
  }
  return 0;
}
