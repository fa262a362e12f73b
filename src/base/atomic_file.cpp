#include "quartet/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "leftovers.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

[[noreturn]] void fail(const fs::path& path, const char* action, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw ResourceError(cat(path.string(), ": cannot ", action, ": ", full ? "disk full: " : "", std::strerror(error)));
}

/// Devices and pipes (/dev/stdout) cannot be replaced by a rename; they are written directly.
bool is_special(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

/// Removes what killed runs left: siblings of ended processes, and of this process' id with a number it has not
/// reached.
void remove_leftovers(const fs::path& folder, const std::string& prefix, unsigned long next_number) {
  const std::string own = cat(prefix, getpid(), "-");
  for (const fs::path& left : abandoned_entries(folder, prefix)) {
    const std::string name = left.filename().string();
    const bool in_use = name.starts_with(own) && std::strtoul(name.c_str() + own.size(), nullptr, 10) < next_number;
    std::error_code ignored;
    if (!in_use) fs::remove(left, ignored);
  }
}

void sync_descriptor(int descriptor, const fs::path& path) {
  if (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) fail(path, "sync", errno);
}

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  if (fs::is_symlink(path_, error)) path_ = fs::weakly_canonical(path_);  // the link stays, its target is replaced
  if (fs::is_directory(path_, error)) fail(path_, "write", EISDIR);
  if (is_special(path_)) {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail(path_, "open", errno);
    return;
  }
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  fs::create_directories(folder, error);
  if (error) fail(path_, "create its folder", error.value());
  static std::atomic<unsigned long> counter = 0;
  const std::string prefix = cat(".", path_.filename().string(), ".tmp-");
  remove_leftovers(folder, prefix, counter);
  temporary_ = folder / cat(prefix, getpid(), "-", counter++);
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_, "create", errno);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  if (descriptor_ < 0) throw StateError(path_.string() + ": written after commit");
  buffer_.append(bytes);
  if (buffer_.size() >= kBufferBytes) flush();
}

void AtomicFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path_, "write", errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
}

void AtomicFile::commit() {
  if (descriptor_ < 0) throw StateError(path_.string() + ": committed twice");
  flush();
  if (!temporary_.empty()) sync_descriptor(descriptor_, path_);
  const int closed = close(std::exchange(descriptor_, -1));
  const int close_error = errno;
  if (temporary_.empty()) return;
  if (closed != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = closed != 0 ? close_error : errno;
    unlink(temporary_.c_str());
    fail(path_, "write", error);
  }
  sync_path(path_.has_parent_path() ? path_.parent_path() : ".");
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void sync_path(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(path, "open", errno);
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  if (result != 0 && error != EINVAL && error != EROFS) fail(path, "sync", error);
}

}  // namespace quartet::base
