#include "block_io.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "blend_kernels.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

void load_as(at::ScalarType dtype, const void* data, std::int64_t begin, float* out, std::int64_t n) {
  const BlendKernels& kernels = blend_kernels();
  if (dtype == at::kFloat) {
    std::copy_n(static_cast<const float*>(data) + begin, n, out);
  } else if (dtype == at::kBFloat16) {
    kernels.from_bfloat16(static_cast<const std::uint16_t*>(data) + begin, out, n);
  } else {
    kernels.from_float16(static_cast<const std::uint16_t*>(data) + begin, out, n);
  }
}

}  // namespace

void round_block(at::ScalarType dtype, float* x, std::int64_t n) {
  if (dtype == at::kFloat) return;
  const BlendKernels& kernels = blend_kernels();
  std::uint16_t narrow[kBlockElements];
  if (dtype == at::kBFloat16) {
    kernels.to_bfloat16(x, narrow, n);
    kernels.from_bfloat16(narrow, x, n);
  } else {
    kernels.to_float16(x, narrow, n);
    kernels.from_float16(narrow, x, n);
  }
}

BlockReader::BlockReader(const at::Tensor& flat, at::ScalarType work_dtype)
    : keep_alive_(flat),
      data_(flat.const_data_ptr()),
      dtype_(flat.scalar_type()),
      work_dtype_(work_dtype),
      size_(flat.numel()) {
  const bool is_float = dtype_ == at::kFloat || dtype_ == at::kBFloat16 || dtype_ == at::kHalf;
  if (flat.dim() != 1 || !flat.is_contiguous() || !flat.is_cpu() || !is_float) {
    throw StateError(base::cat("merge input is ", tensor::dtype_name(dtype_), " ", tensor::shape_text(flat.sizes()),
                               ", expected a flat contiguous float tensor on the CPU"));
  }
}

void BlockReader::load(std::int64_t begin, float* out, std::int64_t n) const {
  load_as(dtype_, data_, begin, out, n);
  if (dtype_ != work_dtype_) round_block(work_dtype_, out, n);
}

void store_block(const float* x, at::Tensor& flat, std::int64_t begin, std::int64_t n) {
  const BlendKernels& kernels = blend_kernels();
  if (flat.scalar_type() == at::kFloat) {
    std::copy_n(x, n, flat.data_ptr<float>() + begin);
  } else if (flat.scalar_type() == at::kBFloat16) {
    kernels.to_bfloat16(x, static_cast<std::uint16_t*>(flat.data_ptr()) + begin, n);
  } else {
    kernels.to_float16(x, static_cast<std::uint16_t*>(flat.data_ptr()) + begin, n);
  }
}

void for_each_block(std::int64_t size, const std::function<void(std::int64_t, std::int64_t)>& work) {
  constexpr std::int64_t kBlocksPerTask = 32;
  const std::int64_t num_blocks = (size + kBlockElements - 1) / kBlockElements;
  at::parallel_for(0, num_blocks, kBlocksPerTask, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = first; block < last; ++block) {
      const std::int64_t begin = block * kBlockElements;
      work(begin, std::min(kBlockElements, size - begin));
    }
  });
}

}  // namespace quartet::merge
