#pragma once

#include <ATen/core/Tensor.h>

namespace quartet::generate {

/// The device's read bandwidth in bytes per second, measured now: the best of a few passes over a buffer larger than
/// the caches (CPU: all threads; CUDA: a device copy, counting reads and writes). Takes about 0.2 s on a CPU.
double measure_read_bandwidth(const at::Device& device);

}  // namespace quartet::generate
