#include "quartet/checkpoint/adapter_file.h"

#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "adapter_config.h"
#include "json_file.h"
#include "mapped_file.h"
#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/tensor/dtype.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;
using base::cat;

constexpr std::string_view kConfigFile = "adapter_config.json";
constexpr std::string_view kWeightsFile = "adapter_model.safetensors";

double scaling_of(double alpha, std::int64_t rank, bool use_rslora) {
  const auto r = static_cast<double>(rank);
  return use_rslora ? alpha / std::sqrt(r) : alpha / r;
}

double alpha_of(double scaling, std::int64_t rank, bool use_rslora) {
  const auto r = static_cast<double>(rank);
  return use_rslora ? scaling * std::sqrt(r) : scaling * r;
}

// "model.layers.0.self_attn.q_proj" -> "q_proj".
std::string last_part(std::string_view module) {
  return std::string(module.substr(module.rfind('.') + 1));
}

bool is_target(std::string_view module, const std::string& target) {
  return module == target || module.ends_with("." + target);
}

void require_files(const fs::path& directory) {
  const auto exists = [&](std::string_view name) { return path_exists(directory / name); };
  if (!exists(kConfigFile)) {
    throw CheckpointError(cat(directory.string(), ": is no adapter directory: ", kConfigFile, " is missing",
                              exists("config.json") ? " (this is a model, not an adapter)" : ""));
  }
  if (exists(kWeightsFile)) return;
  throw CheckpointError(
      cat(directory.string(), ": ", kWeightsFile, " is missing",
          exists("adapter_model.bin")
              ? ": adapter_model.bin is a pickle, which can run code when it is read and is refused; save "
                "the adapter again with PEFT (safe_serialization=True)"
              : " (incomplete download?)"));
}

[[noreturn]] void fail_unexpected(const std::string& source, const std::string& name) {
  std::string_view why = "is no LoRA matrix of a linear layer";
  if (name.find("lora_magnitude_vector") != std::string::npos) why = "belongs to DoRA, which is not supported";
  if (name.find("lora_embedding_") != std::string::npos) why = "adapts the embedding, which is not supported";
  if (name.ends_with(".bias")) why = "is a bias, which is not supported";
  throw CheckpointError(cat(source, ": tensor ", base::excerpt(name), ": ", why));
}

at::Tensor read_matrix(const SafetensorsFile& file, const std::string& name) {
  at::Tensor value = file.tensor(name);
  if (value.dim() == 2 && at::isFloatingType(value.scalar_type()) && value.numel() > 0) return value;
  throw CheckpointError(cat(file.path().string(), ": tensor ", base::excerpt(name), ": got ",
                            tensor::dtype_name(value.scalar_type()), " ", tensor::shape_text(value.sizes()),
                            ", expected a matrix of floats"));
}

void read_tensors(const SafetensorsFile& file, AdapterFile& adapter) {
  using Kind = arch::AdapterTensorName::Kind;
  for (const SafetensorsEntry& entry : file.entries()) {
    const auto parsed = arch::parse_adapter_tensor(entry.name);
    if (!parsed) fail_unexpected(file.path().string(), entry.name);
    const at::Tensor value = read_matrix(file, entry.name);
    if (parsed->kind == Kind::kBaseLayer) {
      adapter.base_weights[parsed->weight_name] = value;
    } else {
      LoraPair& pair = adapter.pairs[parsed->weight_name];
      (parsed->kind == Kind::kLoraA ? pair.a : pair.b) = value;
    }
  }
  if (adapter.pairs.empty()) throw CheckpointError(cat(file.path().string(), ": has no LoRA matrices (incomplete?)"));
}

// Checks a pair in itself and gives it its scaling.
void finish_pair(const std::string& weight, LoraPair& pair, const AdapterConfig& config, const std::string& source) {
  const std::string module(arch::module_of(weight));
  const auto where = [&] { return cat(source, ": the adapter of ", base::excerpt(module), ": "); };
  if (!pair.a.defined() || !pair.b.defined()) {
    throw CheckpointError(cat(where(), pair.a.defined() ? "lora_B" : "lora_A", " is missing (incomplete file?)"));
  }
  const auto& settings = config.settings;
  const double rank = resolve_pattern(config.rank_patterns, module, static_cast<double>(settings.rank), source);
  if (pair.a.size(0) != pair.b.size(1) || static_cast<double>(pair.a.size(0)) != rank) {
    throw CheckpointError(cat(where(), "lora_A ", tensor::shape_text(pair.a.sizes()), " and lora_B ",
                              tensor::shape_text(pair.b.sizes()), " do not have the rank ", rank, " of ", kConfigFile,
                              " (files of two adapters?)"));
  }
  const double alpha = resolve_pattern(config.alpha_patterns, module, settings.alpha, source);
  pair.scaling = scaling_of(alpha, pair.a.size(0), settings.use_rslora);
}

// What is adapted, from the tensors, where the file's target_modules do not say it.
void derive_targets(const AdapterConfig& config, AdapterFile& adapter) {
  if (config.has_target_list) return;
  std::set<std::string> targets;
  for (const auto& [weight, pair] : adapter.pairs) {
    const std::string_view module = arch::module_of(weight);
    targets.insert(config.is_all_linear ? last_part(module) : std::string(module));
  }
  adapter.settings.target_modules.assign(targets.begin(), targets.end());
}

// Linear layers are what LoRA sits on.
bool is_linear(arch::TensorRole role) {
  return role != arch::TensorRole::kEmbedding && role != arch::TensorRole::kNorm;
}

void check_pair(const std::string& weight, const LoraPair& pair, const std::vector<std::int64_t>& shape,
                const std::string& where) {
  const at::IntArrayRef a = pair.a.sizes();
  const at::IntArrayRef b = pair.b.sizes();
  if (a.size() == 2 && b.size() == 2 && a[1] == shape[1] && b[0] == shape[0] && a[0] == b[1]) return;
  throw CheckpointError(cat(where, ": the adapter of ", weight, ": got lora_A ", tensor::shape_text(a), " and lora_B ",
                            tensor::shape_text(b), ", expected [R, ", shape[1], "] and [", shape[0],
                            ", R] (another base model?)"));
}

void check_pairs(const AdapterFile& adapter, const arch::ModelConfig& base, const std::string& where) {
  std::size_t num_found = 0;
  for (const arch::TensorSpec& spec : arch::tensor_specs(base)) {
    if (!is_linear(spec.role)) continue;
    const auto pair = adapter.pairs.find(spec.name);
    if (pair != adapter.pairs.end()) {
      check_pair(spec.name, pair->second, spec.shape, where);
      ++num_found;
      continue;
    }
    for (const std::string& target : adapter.settings.target_modules) {
      if (!is_target(arch::module_of(spec.name), target)) continue;
      throw CheckpointError(cat(where, ": ", spec.name, " is a target ('", target,
                                "') but has no matrices (incomplete file, or another base model?)"));
    }
  }
  if (num_found == adapter.pairs.size()) return;
  std::set<std::string> names;
  for (const arch::TensorSpec& spec : arch::tensor_specs(base)) names.insert(spec.name);
  for (const auto& [weight, pair] : adapter.pairs) {
    if (names.contains(weight)) continue;
    throw CheckpointError(cat(where, ": adapts ", base::excerpt(weight),
                              ", which the base model has not (another base "
                              "model?)"));
  }
  throw CheckpointError(cat(where, ": adapts a weight that is no linear layer"));
}

}  // namespace

AdapterFile AdapterFile::read(const fs::path& directory) {
  require_files(directory);
  const fs::path config_path = directory / kConfigFile;
  const AdapterConfig config = parse_adapter_config(read_json_file(config_path), config_path.string());
  AdapterFile adapter;
  adapter.settings = config.settings;
  const auto file = SafetensorsFile::open(directory / kWeightsFile);
  read_tensors(*file, adapter);
  for (auto& [weight, pair] : adapter.pairs) finish_pair(weight, pair, config, file->path().string());
  derive_targets(config, adapter);
  return adapter;
}

void AdapterFile::write(const fs::path& directory) const {
  AdapterConfig config;
  config.settings = settings;
  std::vector<PlannedTensor> plan;
  for (const auto& [weight, pair] : pairs) {
    plan.push_back({arch::lora_a_name(weight), at::kFloat, pair.a.sizes().vec()});
    plan.push_back({arch::lora_b_name(weight), at::kFloat, pair.b.sizes().vec()});
    const std::string module(arch::module_of(weight));
    const std::int64_t rank = pair.a.size(0);
    if (rank != settings.rank) config.rank_patterns.push_back({module, static_cast<double>(rank)});
    const double scaling = scaling_of(settings.alpha, rank, settings.use_rslora);
    if (std::abs(scaling - pair.scaling) > 1e-12 * std::abs(pair.scaling)) {
      config.alpha_patterns.push_back({module, alpha_of(pair.scaling, rank, settings.use_rslora)});
    }
  }
  SafetensorsWriter writer(directory / kWeightsFile, std::move(plan));
  for (const auto& [weight, pair] : pairs) {
    writer.write(arch::lora_a_name(weight), pair.a.detach().to(at::kCPU, at::kFloat));
    writer.write(arch::lora_b_name(weight), pair.b.detach().to(at::kCPU, at::kFloat));
  }
  writer.commit();
  base::write_file(directory / kConfigFile, base::to_json_pretty(to_adapter_config(config)));
}

void AdapterFile::check_fits(const arch::ModelConfig& base, const std::string& adapter_directory) const {
  check_pairs(*this, base, adapter_directory);
}

void AdapterFile::check_fits(const CheckpointReader& base, const std::string& adapter_directory) const {
  check_pairs(*this, base.config(), adapter_directory);
  for (const auto& [weight, copy] : base_weights) {
    if (base.has(weight) && at::equal(base.tensor(weight).to(at::kFloat), copy.to(at::kFloat))) continue;
    throw CheckpointError(cat(adapter_directory, ": carries its own ", weight, ", which is not that of ",
                              base.directory().string(),
                              ": replaced base weights are not supported (give the base that the "
                              "adapter was trained on, or merge it with PEFT)"));
  }
}

}  // namespace quartet::checkpoint
