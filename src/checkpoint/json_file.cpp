#include "json_file.h"

#include <nlohmann/json.hpp>

#include "mapped_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {

nlohmann::json read_json_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const MappedFile file(path);
  if (file.size_bytes() > max_bytes) {
    throw CheckpointError(
        base::cat(path.string(), ": has ", file.size_bytes(), " bytes, at most ", max_bytes, " are read (damaged?)"));
  }
  try {
    return base::parse_json({file.data(), file.size_bytes()}, path.string());
  } catch (const DataError& error) {
    // What is bad data elsewhere is a bad checkpoint here (exit code 4).
    throw CheckpointError(base::cat(error.what(), " (incomplete download?)"));
  }
}

}  // namespace quartet::checkpoint
