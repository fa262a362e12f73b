#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/checkpoint/safetensors_reader.h"

namespace quartet::checkpoint {

/// The table at the head of a safetensors file.
struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // sorted by name
  std::map<std::string, std::string> metadata;
  std::uint64_t payload_begin_bytes = 0;  // where offset 0 of the entries lies in the file
};

/// Reads and checks the whole header against the file's size: caps, JSON of exactly the format's form, known types,
/// unique names, extents that fit shape and type, no hole, no overlap, nothing missing and nothing left at the end.
/// `file` is the whole file; `source` names it in messages. Throws: CheckpointError.
SafetensorsHeader parse_safetensors_header(std::string_view file, const std::string& source);

}  // namespace quartet::checkpoint
