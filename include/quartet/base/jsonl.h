#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace quartet::base {

/// Reads a JSONL file of objects, line by line. Blank lines are skipped; a byte-order mark and CRLF are accepted.
class JsonlReader {
 public:
  /// `path` "-" reads standard input. Throws: DataError if the file cannot be opened.
  explicit JsonlReader(const std::filesystem::path& path);
  ~JsonlReader();
  JsonlReader(const JsonlReader&) = delete;
  JsonlReader& operator=(const JsonlReader&) = delete;

  /// The next object, or nothing at the end. Throws: DataError "path:line: …" with the head of a bad line (no JSON, no
  /// object, duplicate key, no UTF-8, longer than 64 MiB).
  std::optional<nlohmann::json> next();
  /// From now on a lone surrogate escape ("\ud800") becomes U+FFFD; without this it is a bad line.
  void replace_lone_surrogates() { replaces_surrogates_ = true; }
  /// True if that happened in the object that `next` returned last.
  bool replaced_surrogates() const { return replaced_surrogates_; }
  /// 1-based line of the object that `next` returned last.
  std::size_t line() const { return line_; }
  /// "path:line" of that object, for messages.
  std::string where() const;

 private:
  bool next_line(std::string& line);
  bool fill();

  std::string path_;
  int descriptor_ = -1;
  std::string buffer_;  // read but not yet parsed from position_ on
  std::size_t position_ = 0;
  std::size_t line_ = 0;
  bool replaces_surrogates_ = false;
  bool replaced_surrogates_ = false;
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
