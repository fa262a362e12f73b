#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace quartet::checkpoint {

/// Parses a JSON file of a model or adapter directory: at most `max_bytes`, no duplicate keys, no deep nesting.
/// Throws: CheckpointError naming the file.
nlohmann::json read_json_file(const std::filesystem::path& path, std::uint64_t max_bytes = 16'000'000);

}  // namespace quartet::checkpoint
