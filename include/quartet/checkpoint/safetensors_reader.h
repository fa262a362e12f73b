#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::checkpoint {

/// One entry of a safetensors header. Offsets in bytes from the start of the payload.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< "F32", "BF16", …, as in the file
  std::vector<std::int64_t> shape;
  std::uint64_t begin_bytes = 0;
  std::uint64_t end_bytes = 0;
};

/// A safetensors file, memory-mapped read-only; tensors are read when touched. Every rule of the format is checked on
/// open (caps, bounds, holes, overlaps, overflow, duplicates); nothing outside the file is ever read.
class SafetensorsFile {
 public:
  /// Throws: CheckpointError naming file, tensor and likely cause.
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path);
  ~SafetensorsFile();

  const std::filesystem::path& path() const;
  /// Sorted by name.
  const std::vector<SafetensorsEntry>& entries() const;
  const std::map<std::string, std::string>& metadata() const;
  const SafetensorsEntry* find(std::string_view name) const;
  /// As `find`. Throws: CheckpointError if absent.
  const SafetensorsEntry& require(std::string_view name) const;
  /// Throws: CheckpointError if absent or of a dtype that is not supported.
  at::ScalarType dtype(std::string_view name) const;
  /// A CPU tensor over the map (it keeps the map alive); copied only where the payload is misaligned. Do not write to
  /// it. Throws: CheckpointError if absent or of a dtype that LibTorch has not.
  at::Tensor tensor(std::string_view name) const;
  std::uint64_t file_bytes() const;

 private:
  struct Impl;
  explicit SafetensorsFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quartet::checkpoint
