#include "leftovers.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace quartet::base {

std::vector<std::filesystem::path> abandoned_entries(const std::filesystem::path& folder, std::string_view prefix) {
  std::vector<std::filesystem::path> result;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const auto process = static_cast<pid_t>(std::strtol(name.c_str() + prefix.size(), nullptr, 10));
    const bool runs = process > 0 && process != getpid() && (kill(process, 0) == 0 || errno == EPERM);
    if (!runs) result.push_back(entry.path());
  }
  return result;
}

}  // namespace quartet::base
