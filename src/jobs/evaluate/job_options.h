#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "quartet/eval/code_bleu.h"

namespace quartet::jobs {

/// "paper" or four numbers that are not negative and not all 0. Throws: ConfigError.
eval::Weights parse_weights(const std::string& text);
/// `hash_seed`: PYTHONHASHSEED, 0 to 4294967295, or any:K for 0 and the spread over 0 to K - 1; `python_hash`: 1-3 or
/// 2-4. Throws: ConfigError.
eval::CompatOptions parse_python(const std::string& hash_seed, const std::string& python_hash);
/// NAME=DIR, each name once. Throws: ConfigError naming `flag`.
std::vector<std::pair<std::string, std::filesystem::path>> parse_named_paths(const std::string& flag,
                                                                             const std::vector<std::string>& words);
/// An output folder may be replaced if it holds nothing but files of these names, or with --overwrite. Throws:
/// ConfigError.
bool may_replace(const std::string& output, const std::vector<std::string>& names, bool overwrite);

/// A command that repeats a run, for a shell, from its options by name (underscores for dashes); what is off or empty
/// and what only concerns the terminal is left out.
std::string command_line(const std::string& program, const nlohmann::json& options);

}  // namespace quartet::jobs
