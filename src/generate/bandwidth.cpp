#include "quartet/generate/bandwidth.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace quartet::generate {
namespace {

constexpr std::int64_t kWords = 32 << 20;  // 256 MiB of 8-byte words
constexpr int kPasses = 8;

/// Sums a range as four runs side by side: memory answers a few streams faster than one, as the products read weights.
std::uint64_t sum_words(const std::uint64_t* words, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kStreams = 4;
  constexpr std::int64_t kLineWords = 8;
  const std::int64_t length = (end - begin) / kStreams;
  // A sum for each word of a line breaks the dependency chain, so that memory and not the adder is what is measured.
  std::uint64_t sums[kStreams][kLineWords] = {};
  for (std::int64_t i = 0; i + kLineWords <= length; i += kLineWords) {
    for (std::int64_t stream = 0; stream < kStreams; ++stream) {
      const std::uint64_t* line = words + begin + stream * length + i;
      for (std::int64_t j = 0; j < kLineWords; ++j) sums[stream][j] += line[j];
    }
  }
  std::uint64_t total = 0;
  for (const auto& stream : sums) {
    for (const std::uint64_t sum : stream) total += sum;
  }
  return total;
}

}  // namespace

double measure_read_bandwidth(const at::Device& device) {
  const auto words = at::ones({kWords}, at::TensorOptions().dtype(at::kLong).device(device));  // [N]
  const double bytes = 8.0 * kWords;
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto begin = std::chrono::steady_clock::now();
    double moved = bytes;
    if (device.is_cpu()) {
      const auto* data = reinterpret_cast<const std::uint64_t*>(words.const_data_ptr<std::int64_t>());
      std::atomic<std::uint64_t> total{0};
      at::parallel_for(0, kWords, 1 << 16,
                       [&](std::int64_t from, std::int64_t to) { total += sum_words(data, from, to); });
    } else {
      words.clone()[0].item<std::int64_t>();  // the read-back waits for the copy
      moved = 2 * bytes;
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    best = std::max(best, moved / elapsed.count());
  }
  return best;
}

}  // namespace quartet::generate
