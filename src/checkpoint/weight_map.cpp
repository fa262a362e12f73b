#include "weight_map.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "json_file.h"
#include "mapped_file.h"
#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;
using base::cat;

constexpr std::uint64_t kMaxIndexBytes = 100'000'000;

[[noreturn]] void fail_without_weights(const fs::path& directory, const std::string& stem) {
  std::string pickle;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string extension = entry.path().extension().string();
    const std::array pickled{".bin", ".pt", ".pth", ".pkl"};
    const bool is_pickle = std::find(pickled.begin(), pickled.end(), extension) != pickled.end();
    const std::string name = entry.path().filename().string();
    if (is_pickle && (pickle.empty() || name < pickle)) pickle = name;
  }
  if (!pickle.empty()) {
    throw CheckpointError(cat(directory.string(), ": the weights are pickles (", base::excerpt(pickle),
                              "), which can run code when they are read and are refused; convert the model with "
                              "transformers: save_pretrained(..., safe_serialization=True)"));
  }
  throw CheckpointError(cat(directory.string(), ": has neither ", stem, ".safetensors nor ", stem,
                            ".safetensors.index.json (incomplete download?)"));
}

void check_shard_name(const std::string& name, const std::string& source, const std::string& tensor) {
  const bool is_plain = !name.empty() && name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos &&
                        !name.starts_with('.') && name.size() <= 255;
  if (!is_plain) {
    throw CheckpointError(cat(source, ": tensor ", base::excerpt(tensor), ": the shard ", base::excerpt(name),
                              " is no plain file name (tampered with?)"));
  }
  if (!name.ends_with(".safetensors")) {
    throw CheckpointError(cat(source, ": tensor ", base::excerpt(tensor), ": the shard ", base::excerpt(name),
                              " is no .safetensors file; pickles are not read (convert the model with transformers)"));
  }
}

// tensor -> file name.
std::map<std::string, std::string> read_index(const fs::path& path) {
  const std::string source = path.string();
  const nlohmann::json index = read_json_file(path, kMaxIndexBytes);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    throw CheckpointError(cat(source, ": has no object \"weight_map\" (no index of a sharded model?)"));
  }
  std::map<std::string, std::string> shard_of;
  for (const auto& [tensor, shard] : index["weight_map"].items()) {
    if (!shard.is_string()) {
      throw CheckpointError(cat(source, ": tensor ", base::excerpt(tensor), ": got ", shard.type_name(),
                                ", expected the name of a shard"));
    }
    check_shard_name(shard.get_ref<const std::string&>(), source, tensor);
    shard_of.emplace(tensor, shard.get<std::string>());
  }
  if (shard_of.empty()) throw CheckpointError(cat(source, ": weight_map lists no tensor (incomplete download?)"));
  return shard_of;
}

void add_file(WeightFiles& weights, const fs::path& path) {
  weights.files.push_back(SafetensorsFile::open(path));
  const SafetensorsFile* file = weights.files.back().get();
  for (const SafetensorsEntry& entry : file->entries()) {
    const auto [other, inserted] = weights.owner.emplace(entry.name, file);
    if (inserted) continue;
    throw CheckpointError(cat(path.string(), ": tensor ", base::excerpt(entry.name), ": is also in ",
                              other->second->path().filename().string(), " (shards of two models in one folder?)"));
  }
}

void check_index(const WeightFiles& weights, const std::map<std::string, std::string>& shard_of,
                 const std::string& source) {
  for (const auto& [tensor, shard] : shard_of) {
    const auto owner = weights.owner.find(tensor);
    if (owner == weights.owner.end() || owner->second->path().filename() != shard) {
      throw CheckpointError(cat(source, ": tensor ", base::excerpt(tensor), ": is not in ", base::excerpt(shard),
                                ", where the index has it (index and shards of two downloads?)"));
    }
  }
  for (const auto& [tensor, file] : weights.owner) {
    if (shard_of.contains(tensor) || arch::is_ignored_buffer(tensor)) continue;
    throw CheckpointError(cat(file->path().string(), ": tensor ", base::excerpt(tensor), ": is not in the index ",
                              fs::path(source).filename().string(), " (index and shards of two downloads?)"));
  }
}

}  // namespace

WeightFiles open_weight_files(const fs::path& directory, const std::string& stem) {
  const fs::path single = directory / (stem + ".safetensors");
  const fs::path index = directory / (stem + ".safetensors.index.json");
  WeightFiles weights;
  if (path_exists(single)) {
    if (path_exists(index)) {
      throw CheckpointError(cat(directory.string(), ": has both ", single.filename().string(), " and ",
                                index.filename().string(), "; remove the one that does not belong to this model"));
    }
    add_file(weights, single);
    return weights;
  }
  if (!path_exists(index)) fail_without_weights(directory, stem);
  const auto shard_of = read_index(index);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  for (const std::string& shard : shards) {
    if (!path_exists(directory / shard)) {
      throw CheckpointError(cat((directory / shard).string(), ": the shard is missing, ", index.filename().string(),
                                " lists it (incomplete download?)"));
    }
    add_file(weights, directory / shard);
  }
  check_index(weights, shard_of, index.string());
  return weights;
}

}  // namespace quartet::checkpoint
