#include "quartet/base/jsonl.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "strict_json.h"

namespace quartet::base {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
constexpr std::size_t kChunkBytes = std::size_t{1} << 18;
// A signal that comes between the check and the wait is seen after this.
constexpr int kPollMilliseconds = 1000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string dump(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The code unit of the escape \uXXXX at `at`, if there is one.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) {
  unsigned unit = 0;
  if (text.substr(at, 2) != "\\u" || at + 6 > text.size()) return std::nullopt;
  const char* end = text.data() + at + 6;
  if (std::from_chars(end - 4, end, unit, 16).ptr != end) return std::nullopt;
  return unit;
}

/// JSON text with U+FFFD for every escaped surrogate that is not part of a pair.
std::string without_lone_surrogates(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto unit = escaped_unit(text, at);
    const std::size_t length = unit ? 6 : text[at] == '\\' ? 2 : 1;
    if (!unit || *unit < 0xd800 || *unit > 0xdfff) {
      out += text.substr(at, length);
      at += length;
      continue;
    }
    const auto low = escaped_unit(text, at + 6);
    const bool is_pair = *unit < 0xdc00 && low && *low >= 0xdc00 && *low <= 0xdfff;
    out += is_pair ? text.substr(at, 12) : "\\ufffd";
    at += is_pair ? 12 : 6;
  }
  return out;
}

/// Waits until a pipe or terminal has something to read. Throws: Stopped when a signal asks to stop meanwhile, which a
/// blocked read would sleep through.
void wait_for_input(int descriptor) {
  pollfd waiting = {descriptor, POLLIN, 0};
  do throw_if_stopped("nothing was written: run the same command again");
  while (poll(&waiting, 1, kPollMilliseconds) <= 0);
}

}  // namespace

JsonlReader::JsonlReader(const std::filesystem::path& path) : path_(path == "-" ? "stdin" : path.string()) {
  descriptor_ = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw DataError(cat(path_, ": cannot open: ", std::strerror(errno)));
}

JsonlReader::~JsonlReader() {
  close(descriptor_);
}

std::string JsonlReader::where() const {
  return cat(path_, ":", line_);
}

bool JsonlReader::fill() {
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kChunkBytes);
  wait_for_input(descriptor_);
  ssize_t count;
  do count = read(descriptor_, buffer_.data() + size, kChunkBytes);
  while (count < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) throw DataError(cat(path_, ": cannot read: ", std::strerror(error)));
  return count > 0;
}

bool JsonlReader::next_line(std::string& line) {
  std::size_t searched = 0;
  std::size_t end;
  while ((end = buffer_.find('\n', position_ + searched)) == std::string::npos) {
    searched = buffer_.size() - position_;
    if (searched > kMaxLineBytes) throw DataError(cat(path_, ":", line_ + 1, ": line longer than 64 MiB"));
    if (fill()) continue;
    if (buffer_.empty()) return false;
    end = buffer_.size();  // the last line may lack its newline
    break;
  }
  ++line_;
  if (end - position_ > kMaxLineBytes) throw DataError(where() + ": line longer than 64 MiB");
  line.assign(buffer_, position_, end - position_);
  position_ = std::min(end + 1, buffer_.size());
  if (line_ == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

std::optional<nlohmann::json> JsonlReader::next() {
  std::string line;
  do {
    if (!next_line(line)) return std::nullopt;
  } while (line.find_first_not_of(" \t") == std::string::npos);
  if (replaces_surrogates_ && line.find("\\u") != std::string::npos) {
    std::string replaced = without_lone_surrogates(line);
    replaced_surrogates_ = replaced != line;
    line = std::move(replaced);
  } else {
    replaced_surrogates_ = false;
  }
  std::string problem;
  try {
    nlohmann::json row = parse_strict_json(line);
    if (row.is_object()) return row;
    problem = cat("expected a JSON object, got ", row.type_name());
  } catch (const std::runtime_error& error) {
    problem = error.what();
  }
  throw DataError(cat(where(), ": ", problem, " in ", excerpt(line)));
}

std::optional<std::string> find_string(const nlohmann::json& row, std::string_view field, const std::string& where) {
  const auto found = row.find(field);
  if (found == row.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) {
    throw DataError(cat(where, ": field \"", field, "\" must be a string, got ", show_json(*found)));
  }
  return found->get<std::string>();
}

std::string require_string(const nlohmann::json& row, std::string_view field, const std::string& where) {
  if (auto value = find_string(row, field, where)) return *std::move(value);
  throw DataError(cat(where, ": field \"", field, "\" is missing in ", show_json(row)));
}

nlohmann::json parse_json(std::string_view text, const std::string& where) {
  try {
    return parse_strict_json(text);
  } catch (const std::runtime_error& error) {
    throw DataError(cat(where, ": ", error.what()));
  }
}

std::string to_json_line(const nlohmann::json& value) {
  return dump(value, -1);
}

std::string show_json(const nlohmann::json& value, std::size_t max_bytes) {
  if (value.is_string()) return excerpt(value.get_ref<const std::string&>(), max_bytes);
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    return cat(value.get<double>());  // JSON has no word for it
  return shorten(to_json_line(value), max_bytes);
}

std::string to_json_pretty(const nlohmann::json& value) {
  return dump(value, 2) + "\n";
}

std::string read_text_file(const std::filesystem::path& path) {
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, ignored)) {
    throw DataError(cat(path.string(), ": cannot open: ", in ? "is a directory" : std::strerror(errno)));
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw DataError(cat(path.string(), ": cannot read: ", std::strerror(errno)));
  return text;
}

}  // namespace quartet::base
