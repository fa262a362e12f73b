#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace quartet::tensor {

/// "cpu", "cuda", "cuda:1"; "auto" is CUDA where it can be used, else the CPU. Throws: ConfigError for other text; ResourceError if the device is not there.
at::Device parse_device(std::string_view name);
/// Threads for at::parallel_for and the math libraries; 0 = all cores.
void set_num_threads(int num_threads);
/// One thread for at::parallel_for and the math libraries while it lives, as far as the thread that made it is concerned:
/// their sums then always run in the same order.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int num_threads_;
};
/// Makes the C allocator keep freed blocks for the next tensor instead of handing each back to the kernel, which would
/// clear them again 4 KB by 4 KB: large temporaries come and go in every layer. Call it once, early; glibc only.
void keep_freed_memory();
/// Peak memory so far: device allocations on CUDA, resident set of the process on CPU.
std::uint64_t peak_memory_bytes(const at::Device& device);
/// For the programs' one catch site: LibTorch's out-of-memory is ResourceError (6), its other errors bugs (70); one
/// line.
std::optional<std::pair<int, std::string>> translate_torch_exception(const std::exception& error);

}  // namespace quartet::tensor
