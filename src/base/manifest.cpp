#include "quartet/base/manifest.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxHashedBytes = std::uintmax_t{64} << 20;

nlohmann::json describe_file(const fs::path& path) {
  std::error_code error;
  nlohmann::json result = {{"path", path.string()}};
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return result;
  result["bytes"] = size;
  if (size <= kMaxHashedBytes) result["sha256"] = sha256_hex(read_text_file(path));
  return result;
}

/// A folder is listed by its files, one level deep: what a model directory holds.
void add_input(const fs::path& path, nlohmann::json& inputs) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    inputs.push_back(describe_file(path));
    return;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) inputs.push_back(describe_file(file));
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

nlohmann::json describe_host() {
  utsname names = {};
  uname(&names);
  return {{"name", names.nodename},
          {"system", cat(names.sysname, " ", names.release, " ", names.machine)},
          {"processor", processor_name()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes",
           static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))}};
}

}  // namespace

nlohmann::json make_manifest(std::string_view program, const nlohmann::json& options,
                             const std::vector<fs::path>& inputs) {
  nlohmann::json files = nlohmann::json::array();
  for (const fs::path& path : inputs) add_input(path, files);
  return {{"program", program}, {"version", version()},    {"options", options},
          {"inputs", files},    {"host", describe_host()}, {"time", utc_now()}};
}

std::string_view version() {
  return QUARTET_VERSION;
}

std::uint64_t peak_rss_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace quartet::base
