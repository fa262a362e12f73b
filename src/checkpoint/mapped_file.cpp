#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {

bool path_exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [&](std::string_view what) {
    throw CheckpointError(base::cat(path.string(), ": ", what, ": ", std::strerror(errno)));
  };
  // O_NONBLOCK: opening a pipe by mistake must not wait for its writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail("cannot be opened");
  struct stat info {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor);
    throw CheckpointError(base::cat(path.string(), ": is no regular file"));
  }
  size_bytes_ = static_cast<std::uint64_t>(info.st_size);
  void* address = nullptr;
  if (size_bytes_ > 0) address = ::mmap(nullptr, size_bytes_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  ::close(descriptor);
  if (address == MAP_FAILED) fail("cannot be mapped into memory");
  data_ = static_cast<const char*>(address);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<char*>(data_), size_bytes_);
}

}  // namespace quartet::checkpoint
