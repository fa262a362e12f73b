#include "quartet/checkpoint/checkpoint_reader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "json_file.h"
#include "mapped_file.h"
#include "name_layout.h"
#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"
#include "weight_map.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;
using base::cat;

struct Location {
  const SafetensorsFile* file;
  TensorSource source;
};

constexpr std::string_view kConfigFile = "config.json";
constexpr std::string_view kParamsFile = "params.json";
constexpr std::string_view kAdapterConfigFile = "adapter_config.json";

bool exists_in(const fs::path& directory, std::string_view name) {
  return path_exists(directory / name);
}

// The hub's Mistral repositories hold both layouts; the Hugging Face one is taken where it is complete.
bool is_native(const fs::path& directory) {
  if (!exists_in(directory, kParamsFile)) return false;
  if (!exists_in(directory, kConfigFile)) return true;
  return !exists_in(directory, "model.safetensors") && !exists_in(directory, "model.safetensors.index.json") &&
         (exists_in(directory, "consolidated.safetensors") ||
          exists_in(directory, "consolidated.safetensors.index.json"));
}

void require_model_directory(const fs::path& directory) {
  const std::string where = directory.string();
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw CheckpointError(
        cat(where, ": ", error ? error.message() : "is a file", ", expected the directory of a model"));
  }
  if (exists_in(directory, kConfigFile) || exists_in(directory, kParamsFile)) return;
  if (exists_in(directory, kAdapterConfigFile)) {
    throw CheckpointError(cat(where,
                              ": is a LoRA adapter, expected a model; give its base as the model and this as the "
                              "adapter, or fold it first: merge fold --base BASE --adapter ",
                              where, " OUT_DIR"));
  }
  throw CheckpointError(cat(where, ": is no model directory: has neither config.json nor params.json"));
}

NameLayout detect_layout(bool native, const WeightFiles& weights) {
  if (native) return NameLayout::kNative;
  return weights.owner.contains(arch::fused_gate_up_name(0)) || weights.owner.contains(arch::fused_down_name(0))
             ? NameLayout::kFused
             : NameLayout::kClassic;
}

// [heads * K, D]: row h*K + 2j + p of Mistral's order becomes row h*K + p*K/2 + j.
at::Tensor to_rotate_half(const at::Tensor& rows, std::int64_t heads) {
  const std::int64_t half = rows.size(0) / heads / 2;
  return rows.view({heads, half, 2, rows.size(1)}).transpose(1, 2).reshape(rows.sizes()).contiguous();
}

}  // namespace

struct CheckpointReader::Impl {
  fs::path directory;
  nlohmann::json raw_config;
  arch::ModelConfig config;
  WeightFiles weights;
  std::map<std::string, Location, std::less<>> locations;  // by classic name
  std::vector<std::string> names;

  explicit Impl(const fs::path& model_directory);
  void locate_tensors(NameLayout layout);
  const Location& location(std::string_view name) const;
};

CheckpointReader::Impl::Impl(const fs::path& model_directory) : directory(model_directory) {
  require_model_directory(directory);
  const bool native = is_native(directory);
  const fs::path config_path = directory / (native ? kParamsFile : kConfigFile);
  raw_config = read_json_file(config_path);
  config = native ? arch::parse_mistral_params(raw_config, config_path.string())
                  : arch::parse_hf_config(raw_config, config_path.string());
  weights = open_weight_files(directory, native ? "consolidated" : "model");
  locate_tensors(detect_layout(native, weights));
}

void CheckpointReader::Impl::locate_tensors(NameLayout layout) {
  const auto table = layout_table(layout, config);
  const auto fused = layout == NameLayout::kFused ? fused_shapes(config) : decltype(fused_shapes(config)){};
  const auto add = [&](const std::string& name, const SafetensorsFile* file, TensorSource source) {
    if (locations.emplace(name, Location{file, std::move(source)}).second) return;
    throw CheckpointError(cat(file->path().string(), ": tensor ", base::excerpt(name),
                              ": is stored twice, in two layouts (a merge of two downloads?)"));
  };
  for (const auto& [stored, file] : weights.owner) {
    const auto row = table.find(stored);
    if (row == table.end()) {
      add(stored, file, {stored});
      continue;
    }
    const auto expected = fused.find(stored);
    if (expected != fused.end() && file->require(stored).shape != expected->second) {
      throw CheckpointError(cat(file->path().string(), ": tensor '", stored, "': got shape ",
                                tensor::shape_text(file->require(stored).shape), ", expected ",
                                tensor::shape_text(expected->second), " (does config.json belong to these weights?)"));
    }
    for (const NamedSource& named : row->second) add(named.classic_name, file, named.source);
  }
  for (const auto& [name, location] : locations) names.push_back(name);
}

const Location& CheckpointReader::Impl::location(std::string_view name) const {
  const auto found = locations.find(name);
  if (found == locations.end()) {
    throw CheckpointError(cat(directory.string(), ": tensor ", base::excerpt(name), ": is not in the checkpoint"));
  }
  return found->second;
}

CheckpointReader::CheckpointReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CheckpointReader::~CheckpointReader() = default;

std::shared_ptr<const CheckpointReader> CheckpointReader::open(const fs::path& directory) {
  return std::shared_ptr<const CheckpointReader>(new CheckpointReader(std::make_unique<Impl>(directory)));
}

const fs::path& CheckpointReader::directory() const {
  return impl_->directory;
}
const arch::ModelConfig& CheckpointReader::config() const {
  return impl_->config;
}
const nlohmann::json& CheckpointReader::raw_config() const {
  return impl_->raw_config;
}
const std::vector<std::string>& CheckpointReader::names() const {
  return impl_->names;
}
bool CheckpointReader::has(std::string_view name) const {
  return impl_->locations.contains(name);
}

std::vector<std::int64_t> CheckpointReader::shape(std::string_view name) const {
  const Location& location = impl_->location(name);
  std::vector<std::int64_t> shape = location.file->require(location.source.stored_name).shape;
  if (location.source.expert >= 0) shape.erase(shape.begin());
  if (location.source.num_rows > 0) shape.front() = location.source.num_rows;
  return shape;
}

at::ScalarType CheckpointReader::dtype(std::string_view name) const {
  const Location& location = impl_->location(name);
  return location.file->dtype(location.source.stored_name);
}

const fs::path& CheckpointReader::file_of(std::string_view name) const {
  return impl_->location(name).file->path();
}

at::Tensor CheckpointReader::tensor(std::string_view name) const {
  const auto& [file, source] = impl_->location(name);
  at::Tensor value = file->tensor(source.stored_name);
  if (source.expert >= 0) value = value.select(0, source.expert);
  if (source.num_rows > 0) value = value.narrow(0, source.row, source.num_rows);
  // A tensor of another shape is left as it is: the check against the specs names it.
  const bool has_heads = source.rotary_heads > 0 && value.dim() == 2 && value.size(0) % (2 * source.rotary_heads) == 0;
  return has_heads ? to_rotate_half(value, source.rotary_heads) : value;
}

std::vector<fs::path> CheckpointReader::weight_files() const {
  std::vector<fs::path> paths;
  for (const auto& file : impl_->weights.files) paths.push_back(file->path());
  return paths;
}

std::uint64_t CheckpointReader::total_bytes() const {
  std::uint64_t total = 0;
  for (const auto& file : impl_->weights.files) total += file->file_bytes();
  return total;
}

std::vector<fs::path> CheckpointReader::companion_files() const {
  return checkpoint::companion_files(impl_->directory);
}

}  // namespace quartet::checkpoint
