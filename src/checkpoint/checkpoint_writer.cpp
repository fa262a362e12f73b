#include "quartet/checkpoint/checkpoint_writer.h"

#include <ATen/core/Tensor.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {
namespace {

using base::cat;

// In the planned order; a shard is closed before the tensor that would make it too large.
std::vector<std::vector<PlannedTensor>> cut_into_shards(std::vector<PlannedTensor> tensors,
                                                        std::uint64_t max_shard_bytes) {
  std::vector<std::vector<PlannedTensor>> shards(1);
  std::uint64_t filled_bytes = 0;
  for (PlannedTensor& plan : tensors) {
    const std::uint64_t bytes = planned_bytes(plan);
    if (!shards.back().empty() && filled_bytes + bytes > max_shard_bytes) {
      shards.emplace_back();
      filled_bytes = 0;
    }
    shards.back().push_back(std::move(plan));
    filled_bytes += bytes;
  }
  return shards;
}

std::string shard_name(std::size_t index, std::size_t count) {
  if (count == 1) return "model.safetensors";
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

}  // namespace

struct CheckpointWriter::Impl {
  std::filesystem::path directory;
  std::vector<SafetensorsWriter> shards;
  std::unordered_map<std::string, std::size_t> shard_of;
  nlohmann::json index;  // null where there is one shard

  SafetensorsWriter& shard(const std::string& name) {
    const auto found = shard_of.find(name);
    if (found == shard_of.end()) throw StateError(cat("[checkpoint writer] ", name, " was not planned"));
    return shards[found->second];
  }
};

CheckpointWriter::CheckpointWriter(std::filesystem::path directory, std::vector<PlannedTensor> tensors,
                                   std::uint64_t max_shard_bytes)
    : impl_(std::make_unique<Impl>()) {
  impl_->directory = std::move(directory);
  auto shards = cut_into_shards(std::move(tensors), max_shard_bytes);
  std::uint64_t total_bytes = 0;
  nlohmann::json weight_map = nlohmann::json::object();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string file = shard_name(i, shards.size());
    for (const PlannedTensor& plan : shards[i]) {
      if (!impl_->shard_of.emplace(plan.name, i).second) {
        throw StateError(cat("[checkpoint writer] ", plan.name, " is planned twice"));
      }
      weight_map[plan.name] = file;
      total_bytes += planned_bytes(plan);
    }
    impl_->shards.emplace_back(impl_->directory / file, std::move(shards[i]));
  }
  if (shards.size() > 1) impl_->index = {{"metadata", {{"total_size", total_bytes}}}, {"weight_map", weight_map}};
}

CheckpointWriter::~CheckpointWriter() = default;

void CheckpointWriter::write(const std::string& name, const at::Tensor& value) {
  impl_->shard(name).write(name, value);
}

void CheckpointWriter::write_rows(const std::string& name, std::int64_t row, const at::Tensor& value) {
  impl_->shard(name).write_rows(name, row, value);
}

void CheckpointWriter::commit() {
  for (SafetensorsWriter& shard : impl_->shards) shard.commit();
  if (!impl_->index.is_null()) {
    base::write_file(impl_->directory / "model.safetensors.index.json", base::to_json_pretty(impl_->index));
  }
}

}  // namespace quartet::checkpoint
