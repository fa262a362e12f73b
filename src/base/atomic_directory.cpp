#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "leftovers.h"
#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* action, int error) {
  throw ResourceError(
      cat(path.string(), ": cannot ", action, ": ", error == ENOSPC ? "disk full: " : "", std::strerror(error)));
}

/// "dir/" and "." as a path that has a name to rename to.
fs::path with_name(const fs::path& path) {
  fs::path result = fs::absolute(path).lexically_normal();
  if (!result.has_filename()) result = result.parent_path();
  return result;
}

fs::path sibling(const fs::path& path, const char* kind) {
  return path.parent_path() / cat(".", path.filename().string(), ".", kind, "-", getpid());
}

/// Siblings of `kind` whose process has ended.
std::vector<fs::path> abandoned(const fs::path& path, const char* kind) {
  return abandoned_entries(path.parent_path(), cat(".", path.filename().string(), ".", kind, "-"));
}

void remove_leftovers(const fs::path& path) {
  std::error_code error;
  for (const fs::path& old : abandoned(path, "old")) {
    // A kill between the two renames of `replace` leaves the old folder aside and no new one: bring it back.
    if (!fs::exists(path)) fs::rename(old, path, error);
    fs::remove_all(old, error);
  }
  for (const fs::path& staging : abandoned(path, "staging")) fs::remove_all(staging, error);
}

void sync_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() || entry.is_directory()) sync_path(entry.path());
  }
  sync_path(folder);
}

/// Puts `staging` in the place of the existing folder `path`; the old content is removed afterwards.
void replace(const fs::path& staging, const fs::path& path) {
  std::error_code ignored;
  if (renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
    sync_path(path.parent_path());
    fs::remove_all(staging, ignored);
    return;
  }
  const fs::path old = sibling(path, "old");  // file systems without exchange
  if (rename(path.c_str(), old.c_str()) != 0) fail(path, "replace", errno);
  if (rename(staging.c_str(), path.c_str()) != 0) {
    const int error = errno;
    fs::rename(old, path, ignored);
    fail(path, "replace", error);
  }
  sync_path(path.parent_path());
  fs::remove_all(old, ignored);
}

}  // namespace

void require_empty_directory(const fs::path& path, bool overwrite) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) throw ConfigError(cat(path.string(), ": exists and is no directory"));
  if (!overwrite && !fs::is_empty(path, error)) {
    throw ConfigError(cat(path.string(), ": directory exists and is not empty (choose another or give --overwrite)"));
  }
}

AtomicDirectory::AtomicDirectory(fs::path path, bool overwrite)
    : path_(with_name(path)), staging_(sibling(path_, "staging")) {
  require_empty_directory(path_, overwrite);
  std::error_code error;
  fs::create_directories(path_.parent_path(), error);
  if (error) fail(path_, "create its parent", error.value());
  remove_leftovers(path_);
  fs::create_directory(staging_, error);
  if (error) fail(path_, "create", error.value());
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(staging_, ignored);
}

void AtomicDirectory::commit() {
  if (committed_) throw StateError(path_.string() + ": committed twice");
  sync_tree(staging_);
  if (rename(staging_.c_str(), path_.c_str()) == 0) {
    sync_path(path_.parent_path());
  } else if (errno == ENOTEMPTY || errno == EEXIST) {
    replace(staging_, path_);
  } else {
    fail(path_, "create", errno);
  }
  committed_ = true;
}

}  // namespace quartet::base
