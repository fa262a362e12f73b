#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::testing {

/// A fresh directory that is removed with everything in it at the end of the scope.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// tests/golden/<name> of the repository.
std::filesystem::path golden(const std::filesystem::path& name);
/// A path under the shared data folder (QUARTET_SHARED_DATA, else ../shared/data beside the repository); nothing where it
/// is absent.
/// A test that needs it skips with a message.
std::optional<std::filesystem::path> shared_data(const std::filesystem::path& name);

std::string read_bytes(const std::filesystem::path& path);
/// Creates the parent directories.
void write_bytes(const std::filesystem::path& path, std::string_view bytes);
/// Names in a directory, hidden ones too, sorted.
std::vector<std::string> list_directory(const std::filesystem::path& path);

}  // namespace quartet::testing
