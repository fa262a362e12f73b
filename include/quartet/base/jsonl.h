#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace quartet::base {

/// A line of a JSONL file that is not blank, without its end.
struct JsonlLine {
  std::string text;
  std::size_t number = 0;    ///< 1-based
  std::uint64_t offset = 0;  ///< byte of the file where `text` begins
};

/// Parses one line. `where` ("path:line") begins the messages. An escaped surrogate ("\ud800") that is not part of a
/// pair makes a bad line, or with `replaced_surrogates` becomes U+FFFD and sets it. Throws: DataError with the head of
/// a bad line (no JSON, no object, duplicate key, no UTF-8).
nlohmann::json parse_jsonl_line(std::string_view line, const std::string& where, bool* replaced_surrogates = nullptr);

/// Reads a JSONL file of objects, line by line. Blank lines are skipped; a byte-order mark and CRLF are accepted.
class JsonlReader {
 public:
  /// `path` "-" reads standard input. `name` stands for the path in messages. Throws: DataError if the file cannot be
  /// opened.
  explicit JsonlReader(const std::filesystem::path& path, const std::string& name = "");
  ~JsonlReader();
  JsonlReader(const JsonlReader&) = delete;
  JsonlReader& operator=(const JsonlReader&) = delete;

  /// From now on a file that begins with "[" is one JSON array, whose items stand for the lines.
  void accept_array() { accepts_array_ = true; }
  /// The next object, or nothing at the end. Throws: DataError "path:line: …" with the head of a bad line.
  std::optional<nlohmann::json> next();
  /// The next line that is not blank, not yet parsed. Throws: DataError if it is longer than 64 MiB.
  std::optional<JsonlLine> next_line();
  /// 1-based line that `next` or `next_line` returned last.
  std::size_t line() const { return line_; }
  /// "path:line" of that object, for messages.
  std::string where() const;

 private:
  bool read_line(JsonlLine& line);
  bool read_item(JsonlLine& line);
  int skip_blanks();
  bool begins_array();
  bool fill();

  std::string path_;
  int descriptor_ = -1;
  std::string buffer_;  // read but not yet parsed from position_ on
  std::size_t position_ = 0;
  std::uint64_t buffer_offset_ = 0;  // byte of the file where the buffer begins
  std::size_t line_ = 0;
  bool accepts_array_ = false;
  bool has_begun_ = false;
  bool is_array_ = false;
  std::size_t num_newlines_ = 0;  // of an array, before position_
};

/// Field readers for a row; `where` prefixes the message. Throws: DataError naming the field, got and expected.
std::string require_string(const nlohmann::json& row, std::string_view field, const std::string& where);
std::optional<std::string> find_string(const nlohmann::json& row, std::string_view field, const std::string& where);

/// Parses JSON text, refusing duplicate keys and nesting deeper than 200. Throws: DataError starting with `where`.
nlohmann::json parse_json(std::string_view text, const std::string& where);
/// Compact JSON on one line; invalid UTF-8 becomes U+FFFD.
std::string to_json_line(const nlohmann::json& value);
/// The value for an error message: at most about `max_bytes` on one line.
std::string show_json(const nlohmann::json& value, std::size_t max_bytes = 80);
/// Indented by 2, sorted keys, newline at the end; invalid UTF-8 becomes U+FFFD.
std::string to_json_pretty(const nlohmann::json& value);
/// The whole file. Throws: DataError if it cannot be read.
std::string read_text_file(const std::filesystem::path& path);

}  // namespace quartet::base
