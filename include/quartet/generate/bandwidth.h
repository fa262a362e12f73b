#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace quartet::generate {

/// Size of the CPU's last cache in bytes; 0 if unknown, and for other devices.
std::uint64_t last_cache_bytes(const at::Device& device);

/// The device's read bandwidth in bytes per second, measured now: the best of a few passes over a buffer larger than
/// the caches (CPU: all threads; CUDA: a device copy, counting reads and writes). Takes about 0.2 s on a CPU.
double measure_read_bandwidth(const at::Device& device);

}  // namespace quartet::generate
