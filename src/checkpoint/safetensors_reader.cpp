#include "quartet/checkpoint/safetensors_reader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "mapped_file.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "safetensors_dtype.h"
#include "safetensors_header.h"

namespace quartet::checkpoint {
namespace {

using base::cat;

constexpr std::size_t kMaxRank = 64;  // what at::TensorIterator takes

}  // namespace

struct SafetensorsFile::Impl {
  explicit Impl(const std::filesystem::path& file_path)
      : path(file_path),
        map(std::make_shared<MappedFile>(file_path)),
        header(parse_safetensors_header({map->data(), map->size_bytes()}, file_path.string())) {}

  std::filesystem::path path;
  std::shared_ptr<const MappedFile> map;
  SafetensorsHeader header;
};

SafetensorsFile::SafetensorsFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsFile::~SafetensorsFile() = default;

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const SafetensorsFile>(new SafetensorsFile(std::make_unique<Impl>(path)));
}

const std::filesystem::path& SafetensorsFile::path() const {
  return impl_->path;
}
const std::vector<SafetensorsEntry>& SafetensorsFile::entries() const {
  return impl_->header.entries;
}
const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  return impl_->header.metadata;
}
std::uint64_t SafetensorsFile::file_bytes() const {
  return impl_->map->size_bytes();
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto& all = entries();
  const auto found =
      std::lower_bound(all.begin(), all.end(), name,
                       [](const SafetensorsEntry& entry, std::string_view key) { return entry.name < key; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

const SafetensorsEntry& SafetensorsFile::require(std::string_view name) const {
  const SafetensorsEntry* entry = find(name);
  if (!entry) throw CheckpointError(cat(path().string(), ": tensor ", base::excerpt(name), " is not in the file"));
  return *entry;
}

at::ScalarType SafetensorsFile::dtype(std::string_view name) const {
  const SafetensorsEntry& entry = require(name);
  const auto type = find_dtype(entry.dtype)->scalar_type;
  if (!type) {
    throw CheckpointError(cat(path().string(), ": tensor ", base::excerpt(name), ": dtype ", entry.dtype,
                              " is not supported, expected a float of 16, 32 or 64 bits, an integer or BOOL"));
  }
  return *type;
}

at::Tensor SafetensorsFile::tensor(std::string_view name) const {
  const SafetensorsEntry& entry = require(name);
  const at::ScalarType type = dtype(name);
  if (entry.shape.size() > kMaxRank) {
    throw CheckpointError(cat(path().string(), ": tensor ", base::excerpt(name), ": has ", entry.shape.size(),
                              " dimensions, at most ", kMaxRank, " are supported"));
  }
  if (entry.begin_bytes == entry.end_bytes) return at::empty(entry.shape, type);
  const char* data = impl_->map->data() + impl_->header.payload_begin_bytes + entry.begin_bytes;
  // Never written: the map is read-only, and callers are told so.
  char* bytes = const_cast<char*>(data);
  const auto keep_map = [map = impl_->map](void*) {};
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(type) == 0;
  if (aligned && type != at::kBool) return at::from_blob(bytes, entry.shape, keep_map, at::TensorOptions(type));
  // Old writers did not pad the header; and a BOOL byte may be anything, which a C++ bool may not.
  const auto num_bytes = static_cast<std::int64_t>(entry.end_bytes - entry.begin_bytes);
  const at::Tensor raw = at::from_blob(bytes, {num_bytes}, keep_map, at::TensorOptions(at::kByte));
  if (type == at::kBool) return raw.ne(0).view(entry.shape);
  return raw.clone().view(type).view(entry.shape);
}

}  // namespace quartet::checkpoint
