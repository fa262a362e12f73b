#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace quartet::base {

/// A file that appears under its name only when complete: written to a hidden sibling, synced, then renamed.
/// Without `commit()` nothing is left behind.
class AtomicFile {
 public:
  /// Removes siblings that killed runs left for the same target. Throws: ResourceError if the sibling cannot be
  /// created.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws: ResourceError (disk full, I/O error) naming the file.
  void write(std::string_view bytes);
  /// Syncs and renames. Throws: ResourceError.
  void commit();
  int descriptor() const { return descriptor_; }

 private:
  void flush();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::string buffer_;
};

/// Writes `bytes` to `path` atomically. Throws: ResourceError.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// A directory that appears under its name only when complete. Files are made in `staging()`; `commit()` syncs and
/// renames. The target must be absent or empty unless `overwrite`; an old one is replaced at the very end by rename.
class AtomicDirectory {
 public:
  /// Removes staging folders that a killed run of the same target left. Throws: ConfigError if the target is not empty
  /// and `overwrite` is off; ResourceError if it cannot be created.
  AtomicDirectory(std::filesystem::path path, bool overwrite);
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  const std::filesystem::path& staging() const { return staging_; }
  /// Throws: ResourceError.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path staging_;
  bool committed_ = false;
};

/// Throws: ConfigError if `path` exists and is not an empty directory and `overwrite` is off.
void require_empty_directory(const std::filesystem::path& path, bool overwrite);

/// Calls fsync on a file or directory. Throws: ResourceError.
void sync_path(const std::filesystem::path& path);

}  // namespace quartet::base
