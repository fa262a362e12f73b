#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace quartet::base {

/// A file that can be read more than once. Standard input and pipes are copied to an unnamed temporary file first.
class RereadableFile {
 public:
  /// `path` "-" is standard input. Throws: DataError if it cannot be opened or read; ResourceError if there is no room
  /// for the copy; Stopped on a signal.
  explicit RereadableFile(const std::filesystem::path& path);
  ~RereadableFile();
  RereadableFile(RereadableFile&& other) noexcept;
  RereadableFile(const RereadableFile&) = delete;
  RereadableFile& operator=(const RereadableFile&) = delete;

  /// What to open …
  const std::filesystem::path& path() const { return path_; }
  /// … and what to call it in messages.
  const std::string& name() const { return name_; }
  /// `size` bytes from `offset` on, in any thread. Throws: DataError if they are not there any more.
  std::string read_at(std::uint64_t offset, std::size_t size) const;

 private:
  std::filesystem::path path_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace quartet::base
