#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace quartet::checkpoint {

/// As std::filesystem's, but false where it cannot be known (no permission).
bool path_exists(const std::filesystem::path& path);

/// A regular file mapped read-only. The file must not shrink while it is mapped (the kernel would end the process).
class MappedFile {
 public:
  /// Throws: CheckpointError if it cannot be opened, is no regular file or cannot be mapped.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const char* data() const { return data_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  const char* data_ = nullptr;  // null for an empty file
  std::uint64_t size_bytes_ = 0;
};

}  // namespace quartet::checkpoint
