#include "safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "safetensors_dtype.h"

namespace quartet::checkpoint {
namespace {

using base::cat;
using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little-endian and is mapped as it is");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the reference's cap
constexpr std::string_view kMetadataKey = "__metadata__";

// Builds the entries while the JSON is read. Everything that the format does not allow ends the parse at once, so a
// bomb of brackets or of huge values costs nothing.
class HeaderHandler final : public nlohmann::json_sax<Json> {
 public:
  HeaderHandler(const std::string& source, SafetensorsHeader& header) : source_(source), header_(header) {}

  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("true or false"); }
  bool number_integer(std::int64_t value) override { return refuse(cat("the number ", value)); }
  bool number_float(double, const std::string& text) override { return refuse(cat("the number ", text.substr(0, 40))); }
  bool binary(Json::binary_t&) override { return refuse("binary data"); }

  bool number_unsigned(std::uint64_t value) override {
    if (state_ == State::kShape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refuse(cat("the dimension ", value));
      }
      entry_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (state_ == State::kOffsets) {
      if (*num_offsets_ == 2) fail("data_offsets has more than 2 numbers");
      (*num_offsets_ == 0 ? entry_.begin_bytes : entry_.end_bytes) = value;
      ++*num_offsets_;
    } else {
      return refuse(cat("the number ", value));
    }
    return true;
  }

  bool string(std::string& value) override {
    if (state_ == State::kMetadata) {
      if (!header_.metadata.emplace(field_, std::move(value)).second)
        fail(cat("duplicate key ", base::excerpt(field_), ""));
    } else if (state_ == State::kEntry && field_ == "dtype") {
      if (!find_dtype(value)) fail(cat("unknown dtype ", base::excerpt(value, 40), ""));
      entry_.dtype = std::move(value);
    } else {
      return refuse(cat("the string ", base::excerpt(value, 40), ""));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (state_ == State::kStart) {
      state_ = State::kTable;
    } else if (state_ == State::kTable) {
      state_ = entry_.name == kMetadataKey ? State::kMetadata : State::kEntry;
      if (state_ == State::kMetadata && std::exchange(has_metadata_, true)) fail("appears twice");
    } else {
      return refuse("an object");
    }
    return true;
  }

  bool key(std::string& value) override {
    if (state_ == State::kTable) {
      entry_ = SafetensorsEntry{};
      entry_.name = std::move(value);
      has_shape_ = false;
      num_offsets_.reset();
      return true;
    }
    field_ = std::move(value);
    if (state_ == State::kMetadata) return true;
    const bool known = field_ == "dtype" || field_ == "shape" || field_ == "data_offsets";
    if (!known) fail(cat("unknown field ", base::excerpt(field_, 40), ""));
    const bool again = (field_ == "dtype" && !entry_.dtype.empty()) || (field_ == "shape" && has_shape_) ||
                       (field_ == "data_offsets" && num_offsets_.has_value());
    if (again) fail(cat("duplicate field '", field_, "'"));
    return true;
  }

  bool end_object() override {
    if (state_ == State::kEntry) {
      if (entry_.dtype.empty() || !has_shape_ || !num_offsets_) fail("dtype, shape or data_offsets is missing");
      header_.entries.push_back(std::move(entry_));
    }
    state_ = state_ == State::kTable ? State::kEnd : State::kTable;
    return true;
  }

  bool start_array(std::size_t) override {
    if (state_ == State::kEntry && field_ == "shape") {
      state_ = State::kShape;
      has_shape_ = true;
    } else if (state_ == State::kEntry && field_ == "data_offsets") {
      state_ = State::kOffsets;
      num_offsets_ = 0;
    } else {
      return refuse("a list");
    }
    return true;
  }

  bool end_array() override {
    if (state_ == State::kOffsets && num_offsets_ != 2) fail("data_offsets has fewer than 2 numbers");
    state_ = State::kEntry;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    throw CheckpointError(cat(source_, ": the header is no valid JSON in UTF-8 at its byte ", position,
                              " (damaged, or no safetensors file?)"));
  }

 private:
  enum class State { kStart, kTable, kMetadata, kEntry, kShape, kOffsets, kEnd };

  [[noreturn]] void fail(const std::string& problem) const {
    const bool in_table = state_ != State::kStart && state_ != State::kEnd;
    throw CheckpointError(cat(source_, ": ", in_table ? cat("tensor ", base::excerpt(entry_.name), ": ") : "", problem,
                              " (the header is damaged, or this is no safetensors file)"));
  }

  bool refuse(const std::string& got) const {
    switch (state_) {
      case State::kStart:
        fail(cat("the header is ", got, ", expected an object"));
      case State::kMetadata:
        fail(cat("", base::excerpt(field_), " is ", got, ", expected a string"));
      case State::kShape:
        fail(cat("shape holds ", got, ", expected integers of at least 0"));
      case State::kOffsets:
        fail(cat("data_offsets holds ", got, ", expected 2 integers of at least 0"));
      case State::kEntry:
        fail(cat(field_, " is ", got, ", expected ", field_ == "dtype" ? "a string" : "a list of integers"));
      default:
        fail(cat("is ", got, ", expected an object"));
    }
  }

  const std::string& source_;
  SafetensorsHeader& header_;
  State state_ = State::kStart;
  SafetensorsEntry entry_;  // under construction; its name is the last key of the table
  std::string field_;
  bool has_metadata_ = false;
  bool has_shape_ = false;
  std::optional<int> num_offsets_;
};

std::string_view header_json(std::string_view file, const std::string& source) {
  if (file.size() < kLengthBytes) {
    throw CheckpointError(
        cat(source, ": has ", file.size(), " bytes, a safetensors file has at least 8",
            file.empty() ? " (incomplete download?)" : " (no safetensors file, or an incomplete download)"));
  }
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes) {
    throw CheckpointError(cat(source, ": its first 8 bytes promise a header of ", header_bytes, " bytes, at most ",
                              kMaxHeaderBytes, " are allowed (no safetensors file?)"));
  }
  if (header_bytes > file.size() - kLengthBytes) {
    throw CheckpointError(cat(source, ": the header of ", header_bytes, " bytes ends behind the file's end at ",
                              file.size(), " bytes (incomplete download?)"));
  }
  const std::string_view json = file.substr(kLengthBytes, header_bytes);
  // nlohmann would skip a byte-order mark and take a NUL for the end of the text.
  if (json.starts_with("\xEF\xBB\xBF") || json.find('\0') != std::string_view::npos) {
    throw CheckpointError(cat(source, ": the header is no JSON text (damaged, or no safetensors file?)"));
  }
  return json;
}

// The bytes that shape and type ask for; nothing where that overflows or is no whole number of bytes. A dimension of 0
// counts as 1 for the overflow: strides must fit too.
std::optional<std::uint64_t> extent_bytes(const SafetensorsEntry& entry) {
  std::int64_t bits = find_dtype(entry.dtype)->bits;
  bool is_empty = false;
  for (const std::int64_t dim : entry.shape) {
    is_empty = is_empty || dim == 0;
    if (__builtin_mul_overflow(bits, std::max<std::int64_t>(dim, 1), &bits)) return std::nullopt;
  }
  if (is_empty) return 0;
  if (bits % 8 != 0) return std::nullopt;
  return static_cast<std::uint64_t>(bits) / 8;
}

void check_extent(const SafetensorsEntry& entry, const std::string& source) {
  const auto where = [&] { return cat(source, ": tensor ", base::excerpt(entry.name), ": "); };
  if (entry.end_bytes < entry.begin_bytes) {
    throw CheckpointError(cat(where(), "ends at byte ", entry.end_bytes, ", before its begin at ", entry.begin_bytes,
                              " (the header is damaged)"));
  }
  const auto bytes = extent_bytes(entry);
  if (!bytes) {
    throw CheckpointError(cat(where(), "its shape in ", entry.dtype,
                              " is no whole number of bytes that fits 64 bits (the header is damaged)"));
  }
  if (*bytes != entry.end_bytes - entry.begin_bytes) {
    throw CheckpointError(cat(where(), "its shape in ", entry.dtype, " needs ", *bytes, " bytes, data_offsets hold ",
                              entry.end_bytes - entry.begin_bytes, " (the header is damaged)"));
  }
}

// Tensors must follow each other without hole or overlap, and end where the file ends.
void check_payload(std::vector<SafetensorsEntry>& entries, std::uint64_t payload_bytes, const std::string& source) {
  std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin_bytes, a.end_bytes) < std::tie(b.begin_bytes, b.end_bytes);
  });
  std::uint64_t position = 0;
  const SafetensorsEntry* last = nullptr;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin_bytes != position) {
      throw CheckpointError(cat(source, ": tensor ", base::excerpt(entry.name), ": begins at byte ", entry.begin_bytes,
                                " of the payload, expected ", position,
                                entry.begin_bytes > position ? ": a hole" : ": an overlap with another tensor",
                                " (the header is damaged or was tampered with)"));
    }
    position = entry.end_bytes;
    last = &entry;
  }
  if (position == payload_bytes) return;
  const std::string tensor = last ? cat(" with tensor ", base::excerpt(last->name), "") : "";
  throw CheckpointError(
      cat(source, ": the payload has ", payload_bytes, " bytes, but the header's last byte", tensor, " is ", position,
          position > payload_bytes ? " (incomplete download?)" : " (something was appended to the file?)"));
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view file, const std::string& source) {
  const std::string_view json = header_json(file, source);
  SafetensorsHeader header;
  HeaderHandler handler(source, header);
  Json::sax_parse(json.begin(), json.end(), &handler);
  header.payload_begin_bytes = kLengthBytes + json.size();
  for (const SafetensorsEntry& entry : header.entries) check_extent(entry, source);
  check_payload(header.entries, file.size() - header.payload_begin_bytes, source);
  std::sort(header.entries.begin(), header.entries.end(),
            [](const SafetensorsEntry& a, const SafetensorsEntry& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(header.entries.begin(), header.entries.end(),
                         [](const SafetensorsEntry& a, const SafetensorsEntry& b) { return a.name == b.name; });
  if (twice != header.entries.end()) {
    throw CheckpointError(cat(source, ": tensor ", base::excerpt(twice->name),
                              ": appears twice in the header (damaged or "
                              "tampered with)"));
  }
  return header;
}

}  // namespace quartet::checkpoint
