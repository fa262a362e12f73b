#include "quartet/tensor/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <omp.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <new>
#include <thread>

#include "quartet/base/error.h"
#include "quartet/base/manifest.h"
#include "quartet/base/text.h"

namespace quartet::tensor {
namespace {

using base::cat;

// The first line of c10's message; the rest is a C++ stack.
std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

// What LibTorch's allocators say when they fail; the CPU one throws a plain c10::Error.
bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error)) return true;
  const std::string_view text = error.what();
  return text.find("DefaultCPUAllocator") != std::string_view::npos ||
         text.find("out of memory") != std::string_view::npos ||
         text.find("not enough memory") != std::string_view::npos;
}

}  // namespace

at::Device parse_device(std::string_view name) {
  const auto refuse = [&] {
    throw ConfigError(cat("device: got ", base::excerpt(name), ", expected cpu, cuda or cuda:N"));
  };
  if (name == "cpu") return at::Device(at::kCPU);
  if (name == "auto") {
    auto& context = at::globalContext();
    const bool has_cuda = context.hasCUDA() && context.getAcceleratorHooksInterface().deviceCount() > 0;
    return has_cuda ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  }
  if (!name.starts_with("cuda")) refuse();
  const std::string_view rest = name.substr(4);
  int index = 0;
  if (!rest.empty()) {
    const std::string_view digits = rest.substr(1);
    const bool is_index = rest[0] == ':' && !digits.empty() && digits.size() <= 3 &&
                          digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_index) refuse();
    index = std::stoi(std::string(digits));
  }
  if (!at::globalContext().hasCUDA()) {
    throw ResourceError(
        cat("device: '", name, "' was asked for, but ",
            "no CUDA device can be used (no GPU or driver, or the CPU build of LibTorch); use --device cpu"));
  }
  const int count = static_cast<int>(at::globalContext().getAcceleratorHooksInterface().deviceCount());
  if (index >= count) {
    throw ResourceError(cat("device: '", name, "' was asked for, but there are only ", count, " CUDA devices"));
  }
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

void set_num_threads(int num_threads) {
  if (num_threads < 0) throw ConfigError(cat("threads: got ", num_threads, ", expected 0 (all cores) or more"));
  if (num_threads == 0) num_threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(num_threads);
  omp_set_num_threads(num_threads);  // the same runtime, unless this LibTorch hides one of its own
}

OneThread::OneThread() : num_threads_(at::get_num_threads()) {
  at::set_num_threads(1);
}

OneThread::~OneThread() {
  at::set_num_threads(num_threads_);
}

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the largest that glibc takes
  mallopt(M_TRIM_THRESHOLD, 256 * kMegabyte);
#endif
}

std::uint64_t peak_memory_bytes(const at::Device& device) {
  if (device.is_cpu()) return base::peak_rss_bytes();
  auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (!allocator || !allocator->initialized()) return 0;
  const auto stats = allocator->getDeviceStats(device.index());
  const auto total = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return static_cast<std::uint64_t>(stats.allocated_bytes[total].peak);
}

std::optional<std::pair<int, std::string>> translate_torch_exception(const std::exception& error) {
  const auto code = [](ExitCode exit_code) { return static_cast<int>(exit_code); };
  if (dynamic_cast<const std::bad_alloc*>(&error)) {
    return std::pair{code(ExitCode::kResource), std::string("out of memory (smaller batches or prompts need less)")};
  }
  if (!dynamic_cast<const c10::Error*>(&error)) return std::nullopt;
  if (is_out_of_memory(error)) {
    return std::pair{code(ExitCode::kResource),
                     cat("out of memory (smaller batches or prompts need less): ", first_line(error))};
  }
  return std::pair{code(ExitCode::kBug), cat("LibTorch: ", first_line(error))};
}

}  // namespace quartet::tensor
