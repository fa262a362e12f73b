#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace quartet::checkpoint {

/// A tensor that will be written: name, dtype and shape are known before any payload is.
struct PlannedTensor {
  std::string name;
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
};

/// Throws: StateError if the shape is negative or the bytes do not fit 63 bits.
std::uint64_t planned_bytes(const PlannedTensor& plan);

/// Writes one safetensors file, byte-equal to the reference writer: tensors ordered by dtype, then name; header padded
/// to 8 bytes. Payloads may come in any order and in slices; memory stays bounded by what is passed in.
class SafetensorsWriter {
 public:
  /// Throws: ResourceError; StateError for duplicate names.
  SafetensorsWriter(std::filesystem::path path, std::vector<PlannedTensor> tensors,
                    std::map<std::string, std::string> metadata = {{"format", "pt"}});
  ~SafetensorsWriter();
  SafetensorsWriter(SafetensorsWriter&&) noexcept;

  /// `value` must have the planned dtype and shape (CPU, made contiguous as needed).
  void write(const std::string& name, const at::Tensor& value);
  /// A slice along dim 0 starting at `row`.
  void write_rows(const std::string& name, std::int64_t row, const at::Tensor& value);
  /// Syncs and renames into place. Throws: StateError if a planned byte was not written exactly once; ResourceError.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes the weights of a model directory: `model.safetensors`, or shards of at most `max_shard_bytes` with an index.
/// The directory is usually the staging folder of base::AtomicDirectory. Not thread-safe.
class CheckpointWriter {
 public:
  CheckpointWriter(std::filesystem::path directory, std::vector<PlannedTensor> tensors,
                   std::uint64_t max_shard_bytes = 5'000'000'000);
  ~CheckpointWriter();

  void write(const std::string& name, const at::Tensor& value);
  void write_rows(const std::string& name, std::int64_t row, const at::Tensor& value);
  /// Finishes the shards and the index; config.json and companions are the caller's. Throws: as SafetensorsWriter.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quartet::checkpoint
