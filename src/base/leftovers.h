#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace quartet::base {

/// Entries of `folder` named `prefix` + process id (+ anything) whose process has ended: what killed runs left. This
/// process' own id counts as ended, for in a container every run may have the same.
std::vector<std::filesystem::path> abandoned_entries(const std::filesystem::path& folder, std::string_view prefix);

}  // namespace quartet::base
