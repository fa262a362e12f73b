#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::base {

/// Concatenates its arguments as `<<` prints them: cat("got ", 3, " rows").
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);
/// Replaces every occurrence of `from` (not empty) by `to`.
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// The candidate nearest to `word` by edit distance (at most a third of its length, at least 1 and at most 3 edits).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);
/// " (did you mean 'x'?)" for the nearest candidate, or an empty string.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// Bytes of the well-formed character that starts at `position` (< size), or 0 if there is none: overlong forms,
/// surrogates and code points above U+10FFFF are malformed.
std::size_t utf8_length(std::string_view text, std::size_t position);
/// True if `text` ends at `position` (< size) within a character that further bytes could still complete.
bool utf8_can_continue(std::string_view text, std::size_t position);
bool is_valid_utf8(std::string_view text);
/// Characters of valid UTF-8.
std::size_t num_code_points(std::string_view text);
/// Each malformed byte becomes U+FFFD.
std::string to_valid_utf8(std::string_view text);
/// One line for an error message: at most `max_bytes` (cut between characters), control characters escaped.
std::string shorten(std::string_view text, std::size_t max_bytes = 80);
/// The shortened text in double quotes.
std::string excerpt(std::string_view text, std::size_t max_bytes = 80);

/// "1.5 GB", decimal units.
std::string format_bytes(double bytes);
/// "2 h 03 min", "3 min 05 s", "12.3 s".
std::string format_duration(double seconds);

/// SHA-256 as 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace quartet::base
