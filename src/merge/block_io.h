#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "quartet/merge/merge_methods.h"

namespace quartet::merge {

/// Rounds in place to a narrower float type; nothing for float32. n <= kBlockElements.
void round_block(at::ScalarType dtype, float* x, std::int64_t n);

/// A flat tensor read in blocks of float32, each element rounded to the work dtype.
class BlockReader {
 public:
  /// Shapes: flat [N], contiguous, float32, bfloat16 or float16. Throws: StateError for another tensor.
  BlockReader(const at::Tensor& flat, at::ScalarType work_dtype);
  std::int64_t size() const { return size_; }
  /// n <= kBlockElements.
  void load(std::int64_t begin, float* out, std::int64_t n) const;

 private:
  at::Tensor keep_alive_;
  const void* data_;
  at::ScalarType dtype_;
  at::ScalarType work_dtype_;
  std::int64_t size_;
};

/// Writes float32 blocks, already rounded to the work dtype, into a flat tensor of any float type. n <= kBlockElements.
void store_block(const float* x, at::Tensor& flat, std::int64_t begin, std::int64_t n);

/// Calls `work(begin, n)` for every block of [0, size), in parallel; n = kBlockElements but for the last one.
void for_each_block(std::int64_t size, const std::function<void(std::int64_t begin, std::int64_t n)>& work);

}  // namespace quartet::merge
