#include "quartet/base/jsonl.h"

#include <fcntl.h>
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
#include "quartet/base/text.h"
#include "strict_json.h"
#include "wait_for_input.h"

namespace quartet::base {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
constexpr std::size_t kChunkBytes = std::size_t{1} << 18;
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

/// JSON text with U+FFFD for every escaped surrogate that is not part of a pair; nothing where there is none.
std::optional<std::string> replace_lone_surrogates(std::string_view text) {
  if (text.find("\\u") == std::string_view::npos) return std::nullopt;
  std::string out;
  bool replaced = false;
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
    replaced |= !is_pair;
  }
  return replaced ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

nlohmann::json parse_jsonl_line(std::string_view line, const std::string& where, bool* replaced_surrogates) {
  std::optional<std::string> replaced;
  if (replaced_surrogates != nullptr) {
    replaced = replace_lone_surrogates(line);
    *replaced_surrogates = replaced.has_value();
  }
  std::string problem;
  try {
    nlohmann::json row = parse_strict_json(replaced ? *replaced : line);
    if (row.is_object()) return row;
    problem = cat("expected a JSON object, got ", row.type_name());
  } catch (const std::runtime_error& error) {
    problem = error.what();
  }
  throw DataError(cat(where, ": ", problem, " in ", excerpt(line)));
}

JsonlReader::JsonlReader(const std::filesystem::path& path, const std::string& name)
    : path_(!name.empty() ? name
            : path == "-" ? "stdin"
                          : path.string()) {
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
  buffer_offset_ += position_;
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

bool JsonlReader::read_line(JsonlLine& line) {
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
  if (line_ == 1 && std::string_view(buffer_).substr(position_, end - position_).starts_with(kByteOrderMark))
    position_ += kByteOrderMark.size();
  line.number = line_;
  line.offset = buffer_offset_ + position_;
  line.text.assign(buffer_, position_, end - position_);
  if (line.text.ends_with('\r')) line.text.pop_back();
  position_ = std::min(end + 1, buffer_.size());
  return true;
}

/// The next character that is not blank, which stays there; -1 at the end.
int JsonlReader::skip_blanks() {
  while (true) {
    for (; position_ < buffer_.size(); ++position_) {
      const char c = buffer_[position_];
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return static_cast<unsigned char>(c);
      num_newlines_ += c == '\n';
    }
    if (!fill()) return -1;
  }
}

bool JsonlReader::begins_array() {
  if (!fill()) return false;
  if (std::string_view(buffer_).starts_with(kByteOrderMark)) position_ = kByteOrderMark.size();
  const bool begins = skip_blanks() == '[';
  if (begins) {
    ++position_;
  } else {
    line_ = num_newlines_;  // the lines go on behind the blanks
  }
  return begins;
}

/// An item of an array, found by counting brackets outside strings; whether it is good JSON is seen later.
bool JsonlReader::read_item(JsonlLine& line) {
  const auto fail = [&](const char* problem) { throw DataError(cat(path_, ":", num_newlines_ + 1, ": ", problem)); };
  const int next = skip_blanks();
  if (next == ']') {
    ++position_;
    if (skip_blanks() >= 0) fail("there is text behind the end of the array");
    is_array_ = false;
    return false;
  }
  if (next < 0) fail("the array has no end");
  if (line_ > 0) {
    if (next != ',') fail("expected a comma between the items of the array");
    ++position_;
    skip_blanks();
  }
  line_ = line.number = num_newlines_ + 1;
  line.offset = buffer_offset_ + position_;
  line.text.clear();
  int depth = 0;
  bool in_string = false;
  bool escaped = false;
  while (true) {
    if (position_ == buffer_.size() && !fill()) fail("the array has no end");
    const char at = buffer_[position_];
    if (!in_string && depth == 0 && (at == ',' || at == ']')) return true;
    if (in_string) {
      in_string = escaped || at != '"';
      escaped = !escaped && at == '\\';
    } else {
      in_string = at == '"';
      depth += (at == '{' || at == '[') - (at == '}' || at == ']');
    }
    num_newlines_ += at == '\n';
    line.text += at;
    ++position_;
    if (line.text.size() > kMaxLineBytes) fail("an item of the array is longer than 64 MiB");
  }
}

std::optional<JsonlLine> JsonlReader::next_line() {
  JsonlLine line;
  if (accepts_array_ && !has_begun_) is_array_ = begins_array();
  has_begun_ = true;
  if (is_array_) return read_item(line) ? std::optional(std::move(line)) : std::nullopt;
  do {
    if (!read_line(line)) return std::nullopt;
  } while (line.text.find_first_not_of(" \t") == std::string::npos);
  return line;
}

std::optional<nlohmann::json> JsonlReader::next() {
  const auto line = next_line();
  return line ? std::optional(parse_jsonl_line(line->text, where())) : std::nullopt;
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
