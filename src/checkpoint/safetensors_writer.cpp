#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/tensor/dtype.h"
#include "safetensors_dtype.h"

namespace quartet::checkpoint {
namespace {

using base::cat;

constexpr std::size_t kHeaderAlignment = 8;

// A planned tensor with its place in the payload and the rows that are still to come.
struct Slot {
  PlannedTensor plan;
  std::uint64_t begin_bytes = 0;
  std::uint64_t num_bytes = 0;
  std::map<std::int64_t, std::int64_t> written;  // begin row -> end row, neighbours joined

  // A scalar counts as one row.
  std::int64_t num_rows() const { return plan.shape.empty() ? 1 : plan.shape.front(); }
  std::uint64_t row_bytes() const { return num_bytes == 0 ? 0 : num_bytes / static_cast<std::uint64_t>(num_rows()); }
  bool is_complete() const {
    return num_bytes == 0 ||
           (written.size() == 1 && *written.begin() == std::pair<const std::int64_t, std::int64_t>(0, num_rows()));
  }
};

// JSON as serde_json writes it: compact, control characters escaped, everything else raw.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump();
}

std::string header_text(const std::vector<Slot>& slots, const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> items;
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata) pairs.push_back(cat(quoted(key), ":", quoted(value)));
    items.push_back(cat("\"__metadata__\":{", base::join(pairs, ","), "}"));
  }
  for (const Slot& slot : slots) {
    std::vector<std::string> dims;
    for (const std::int64_t dim : slot.plan.shape) dims.push_back(std::to_string(dim));
    items.push_back(cat(quoted(slot.plan.name), ":{\"dtype\":\"", dtype_of(slot.plan.dtype).name, "\",\"shape\":[",
                        base::join(dims, ","), "],\"data_offsets\":[", slot.begin_bytes, ",",
                        slot.begin_bytes + slot.num_bytes, "]}"));
  }
  std::string text = cat("{", base::join(items, ","), "}");
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  return text;
}

std::vector<Slot> make_slots(std::vector<PlannedTensor> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const PlannedTensor& a, const PlannedTensor& b) {
    const int order_a = dtype_order(dtype_of(a.dtype));
    const int order_b = dtype_order(dtype_of(b.dtype));
    return order_a != order_b ? order_a > order_b : a.name < b.name;
  });
  std::vector<Slot> slots;
  std::uint64_t position = 0;
  for (PlannedTensor& plan : tensors) {
    const std::uint64_t bytes = planned_bytes(plan);
    slots.push_back({std::move(plan), position, bytes, {}});
    position += bytes;
  }
  return slots;
}

}  // namespace

std::uint64_t planned_bytes(const PlannedTensor& plan) {
  auto count = static_cast<std::int64_t>(c10::elementSize(plan.dtype));
  for (const std::int64_t dim : plan.shape) {
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count)) {
      throw StateError(
          cat("[safetensors writer] ", plan.name, ": shape ", tensor::shape_text(plan.shape), " is impossible"));
    }
  }
  return static_cast<std::uint64_t>(count);
}

struct SafetensorsWriter::Impl {
  Impl(std::filesystem::path file_path, std::vector<PlannedTensor> tensors,
       const std::map<std::string, std::string>& metadata);
  Slot& slot(const std::string& name);
  void reserve(std::uint64_t total_bytes);
  void write_at(std::uint64_t offset, const char* data, std::uint64_t bytes);
  void mark_written(Slot& slot, std::int64_t begin, std::int64_t end);

  std::filesystem::path path;
  std::vector<Slot> slots;
  std::unordered_map<std::string, std::size_t> index;
  std::uint64_t payload_begin_bytes = 0;
  base::AtomicFile file;
};

SafetensorsWriter::Impl::Impl(std::filesystem::path file_path, std::vector<PlannedTensor> tensors,
                              const std::map<std::string, std::string>& metadata)
    : path(std::move(file_path)), slots(make_slots(std::move(tensors))), file(path) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!index.emplace(slots[i].plan.name, i).second) {
      throw StateError(cat("[safetensors writer] ", path.string(), ": ", slots[i].plan.name, " is planned twice"));
    }
  }
  const std::string header = header_text(slots, metadata);
  const auto header_bytes = static_cast<std::uint64_t>(header.size());
  payload_begin_bytes = sizeof(header_bytes) + header_bytes;
  const std::uint64_t payload_bytes = slots.empty() ? 0 : slots.back().begin_bytes + slots.back().num_bytes;
  reserve(payload_begin_bytes + payload_bytes);
  write_at(0, reinterpret_cast<const char*>(&header_bytes), sizeof(header_bytes));
  write_at(sizeof(header_bytes), header.data(), header_bytes);
}

// A full disk should be known before hours of work, not at the end of them.
void SafetensorsWriter::Impl::reserve(std::uint64_t total_bytes) {
  const auto length = static_cast<off_t>(total_bytes);
  if (::fallocate(file.descriptor(), 0, 0, length) == 0) return;
  const bool is_unsupported = errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
  if (is_unsupported && ::ftruncate(file.descriptor(), length) == 0) return;
  throw ResourceError(cat(path.string(), ": cannot reserve ", base::format_bytes(static_cast<double>(total_bytes)),
                          ": ", std::strerror(errno)));
}

void SafetensorsWriter::Impl::write_at(std::uint64_t offset, const char* data, std::uint64_t bytes) {
  while (bytes > 0) {
    const ssize_t count = ::pwrite(file.descriptor(), data, bytes, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      throw ResourceError(cat(path.string(), ": cannot be written: ", std::strerror(count < 0 ? errno : ENOSPC)));
    data += count;
    offset += static_cast<std::uint64_t>(count);
    bytes -= static_cast<std::uint64_t>(count);
  }
}

Slot& SafetensorsWriter::Impl::slot(const std::string& name) {
  const auto found = index.find(name);
  if (found == index.end())
    throw StateError(cat("[safetensors writer] ", path.string(), ": ", name, " was not planned"));
  return slots[found->second];
}

void SafetensorsWriter::Impl::mark_written(Slot& slot, std::int64_t begin, std::int64_t end) {
  auto& written = slot.written;
  const auto next = written.lower_bound(begin);
  const auto before = next == written.begin() ? written.end() : std::prev(next);
  const bool overlaps =
      (next != written.end() && next->first < end) || (before != written.end() && before->second > begin);
  if (overlaps) {
    throw StateError(cat("[safetensors writer] ", path.string(), ": ", slot.plan.name, ": rows ", begin, " to ", end,
                         " were written before"));
  }
  if (next != written.end() && next->first == end) {
    end = next->second;
    written.erase(next);
  }
  if (before != written.end() && before->second == begin) {
    before->second = end;
  } else {
    written.emplace(begin, end);
  }
}

SafetensorsWriter::SafetensorsWriter(std::filesystem::path path, std::vector<PlannedTensor> tensors,
                                     std::map<std::string, std::string> metadata)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(tensors), metadata)) {}
SafetensorsWriter::~SafetensorsWriter() = default;
SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&&) noexcept = default;

void SafetensorsWriter::write(const std::string& name, const at::Tensor& value) {
  const Slot& slot = impl_->slot(name);
  if (value.sizes() != at::IntArrayRef(slot.plan.shape)) {
    throw StateError(cat("[safetensors writer] ", name, ": got shape ", tensor::shape_text(value.sizes()), ", planned ",
                         tensor::shape_text(slot.plan.shape)));
  }
  write_rows(name, 0, value.dim() == 0 ? value.reshape({1}) : value);
}

void SafetensorsWriter::write_rows(const std::string& name, std::int64_t row, const at::Tensor& value) {
  Slot& slot = impl_->slot(name);
  const auto where = [&] { return cat("[safetensors writer] ", name, ": "); };
  if (value.scalar_type() != slot.plan.dtype) {
    throw StateError(cat(where(), "got ", tensor::dtype_name(value.scalar_type()), ", planned ",
                         tensor::dtype_name(slot.plan.dtype)));
  }
  const bool fits = value.dim() >= 1 && row >= 0 && row + value.size(0) <= slot.num_rows() &&
                    (slot.plan.shape.empty() || value.sizes().slice(1) == at::IntArrayRef(slot.plan.shape).slice(1));
  if (!fits) {
    throw StateError(cat(where(), "rows of shape ", tensor::shape_text(value.sizes()), " from ", row, " do not fit ",
                         tensor::shape_text(slot.plan.shape)));
  }
  if (value.numel() == 0) return;
  const at::Tensor bytes = value.contiguous().cpu();
  impl_->mark_written(slot, row, row + value.size(0));
  impl_->write_at(impl_->payload_begin_bytes + slot.begin_bytes + static_cast<std::uint64_t>(row) * slot.row_bytes(),
                  static_cast<const char*>(bytes.const_data_ptr()), static_cast<std::uint64_t>(bytes.nbytes()));
}

void SafetensorsWriter::commit() {
  for (const Slot& slot : impl_->slots) {
    if (slot.is_complete()) continue;
    throw StateError(
        cat("[safetensors writer] ", impl_->path.string(), ": ", slot.plan.name, " was not written completely"));
  }
  impl_->file.commit();
}

}  // namespace quartet::checkpoint
