#include "quartet/base/rereadable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "wait_for_input.h"

namespace quartet::base {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 18;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A descriptor of a file without a name that holds everything `source` gives.
int copy_to_unnamed_file(int source, const std::string& name) {
  const auto no_room = [&] {
    return ResourceError(cat(name, ": no room for a temporary copy: ", std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, FileCloser> file(std::tmpfile());
  if (!file) throw no_room();
  std::vector<char> chunk(kChunkBytes);
  while (true) {
    wait_for_input(source);
    const ssize_t count = read(source, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw DataError(cat(name, ": cannot read: ", std::strerror(errno)));
    if (count == 0) break;
    const auto size = static_cast<std::size_t>(count);
    if (std::fwrite(chunk.data(), 1, size, file.get()) != size) throw no_room();
  }
  const int copy = std::fflush(file.get()) == 0 ? dup(fileno(file.get())) : -1;
  if (copy < 0) throw no_room();
  return copy;
}

}  // namespace

RereadableFile::RereadableFile(const std::filesystem::path& path)
    : path_(path), name_(path == "-" ? "stdin" : path.string()) {
  descriptor_ = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw DataError(cat(name_, ": cannot open: ", std::strerror(errno)));
  struct stat status = {};
  if (path != "-" && fstat(descriptor_, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return;
  const int source = std::exchange(descriptor_, -1);
  try {
    descriptor_ = copy_to_unnamed_file(source, name_);
  } catch (...) {
    close(source);
    throw;
  }
  close(source);
  path_ = cat("/proc/self/fd/", descriptor_);
}

RereadableFile::~RereadableFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

RereadableFile::RereadableFile(RereadableFile&& other) noexcept
    : path_(std::move(other.path_)), name_(std::move(other.name_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

std::string RereadableFile::read_at(std::uint64_t offset, std::size_t size) const {
  std::string text(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = pread(descriptor_, text.data() + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw DataError(name_ + ": changed while it was read");
    done += static_cast<std::size_t>(count);
  }
  return text;
}

}  // namespace quartet::base
