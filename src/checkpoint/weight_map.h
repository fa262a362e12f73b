#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quartet/checkpoint/safetensors_reader.h"

namespace quartet::checkpoint {

/// The open weight files of a model directory, and which of them holds a tensor (names as in the files).
struct WeightFiles {
  std::vector<std::shared_ptr<const SafetensorsFile>> files;
  std::map<std::string, const SafetensorsFile*> owner;
};

/// Opens `<stem>.safetensors`, or the shards that `<stem>.safetensors.index.json` lists. The index is hostile input:
/// file names are names, never paths; it must agree with what the shards hold, and a tensor lies in one shard only.
/// Throws: CheckpointError, also where there are only pickles, which are never read.
WeightFiles open_weight_files(const std::filesystem::path& directory, const std::string& stem);

}  // namespace quartet::checkpoint
