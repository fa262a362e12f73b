#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/checkpoint/checkpoint_reader.h"

namespace quartet::checkpoint {

/// The LoRA matrices of one linear layer, named by the weight they belong to.
struct LoraPair {
  at::Tensor a;        // [R, in]
  at::Tensor b;        // [out, R]
  double scaling = 0;  ///< alpha / R, or alpha / sqrt(R) with rsLoRA; rank and alpha patterns are resolved
};

constexpr std::int64_t kMaxLoraRank = 1 << 16;

/// What adapter_config.json says, as far as Quartet supports it.
struct LoraSettings {
  std::int64_t rank = 0;
  double alpha = 0;
  double dropout = 0;
  bool use_rslora = false;
  /// Sorted. Module suffixes ("q_proj"), or whole module names where the adapter sits on some layers only.
  std::vector<std::string> target_modules;
  std::string base_model;  ///< base_model_name_or_path
};

/// A PEFT adapter directory (adapter_config.json, adapter_model.safetensors).
struct AdapterFile {
  LoraSettings settings;
  /// Keyed by the classic name of the weight: "model.layers.0.self_attn.q_proj.weight".
  std::map<std::string, LoraPair> pairs;
  /// Copies of base weights that PEFT stores beside an adapted head; they must equal the base (`check_fits`).
  std::map<std::string, at::Tensor> base_weights;

  /// Throws: CheckpointError for a directory that is no LoRA adapter, is damaged, has unpaired or unexpected tensors,
  /// or uses what would change results and is not supported (DoRA, bias, modules_to_save, …).
  static AdapterFile read(const std::filesystem::path& directory);
  /// Writes the files into an existing directory, as PEFT 0.21 reads them; matrices in float32.
  void write(const std::filesystem::path& directory) const;
  /// Checks every pair's shapes against a base model, that every targeted layer of it has its pair, and that the copies
  /// of base weights are the base's. Throws: CheckpointError naming adapter, tensor, got and expected.
  void check_fits(const CheckpointReader& base, const std::string& adapter_directory) const;
  /// The same from the shapes alone, where the weights are not at hand: copies of base weights are not looked at.
  void check_fits(const arch::ModelConfig& base, const std::string& adapter_directory) const;
};

}  // namespace quartet::checkpoint
