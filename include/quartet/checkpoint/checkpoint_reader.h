#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/checkpoint/companion_files.h"

namespace quartet::checkpoint {

/// A model directory: Hugging Face layout (one file or shards with an index; Mixtral in classic or fused names) or
/// Mistral's own (params.json, consolidated.safetensors). Whatever the layout, tensors are asked for by their classic
/// Hugging Face names (arch::tensor_specs) and q/k rows are in rotate-half order.
class CheckpointReader {
 public:
  /// Opens and checks every header and the index; reads no weight. Throws: CheckpointError.
  static std::shared_ptr<const CheckpointReader> open(const std::filesystem::path& directory);
  ~CheckpointReader();

  const std::filesystem::path& directory() const;
  const arch::ModelConfig& config() const;
  /// config.json as it stands (params.json for Mistral's layout).
  const nlohmann::json& raw_config() const;
  /// Classic names, sorted.
  const std::vector<std::string>& names() const;
  bool has(std::string_view name) const;
  std::vector<std::int64_t> shape(std::string_view name) const;
  at::ScalarType dtype(std::string_view name) const;
  /// The file that holds it.
  const std::filesystem::path& file_of(std::string_view name) const;
  /// A CPU tensor, over the file map where its bytes lie so in the file. Do not write to it. Throws: CheckpointError.
  at::Tensor tensor(std::string_view name) const;
  /// Files that belong to the tokenizer and to generation, to be carried along (tokenizer.model, tokenizer_config.json,
  /// …).
  std::vector<std::filesystem::path> companion_files() const;
  /// All safetensors files of the model, and their bytes together.
  std::vector<std::filesystem::path> weight_files() const;
  std::uint64_t total_bytes() const;

 private:
  struct Impl;
  explicit CheckpointReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Compares a checkpoint with the specs of its config. Throws: CheckpointError with one report of missing tensors,
/// extra tensors, wrong shapes and dtypes that are no floats. `lm_head.weight` may stand beside a tied head; old
/// `rotary_emb.inv_freq` buffers are ignored.
void check_against_specs(const CheckpointReader& reader);

}  // namespace quartet::checkpoint
