#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::base {

/// What was run and on what: program, version, resolved options, inputs (path, bytes, SHA-256 of files up to 64 MiB),
/// host and time. Written as manifest.json beside results; scores and weights never depend on it.
nlohmann::json make_manifest(std::string_view program, const nlohmann::json& options,
                             const std::vector<std::filesystem::path>& inputs);

/// Quartet's version, e.g. "0.1.0".
std::string_view version();

/// Peak resident set of this process so far, in bytes.
std::uint64_t peak_rss_bytes();

}  // namespace quartet::base
