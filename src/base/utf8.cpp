#include <algorithm>

#include "quartet/base/text.h"

namespace quartet::base {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct LeadByte {
  std::size_t length;       // of the sequence; 0 = no lead byte
  unsigned char low, high;  // range of the second byte: excludes overlong forms, surrogates and what is above U+10FFFF
};

LeadByte classify(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Bytes of `text` from `position` that agree with the sequence that its first byte starts.
std::size_t matching_bytes(std::string_view text, std::size_t position, const LeadByte& lead) {
  std::size_t count = 1;
  while (count < lead.length && position + count < text.size()) {
    const auto byte = static_cast<unsigned char>(text[position + count]);
    const unsigned char low = count == 1 ? lead.low : 0x80;
    const unsigned char high = count == 1 ? lead.high : 0xBF;
    if (byte < low || byte > high) break;
    ++count;
  }
  return count;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t position) {
  const LeadByte lead = classify(static_cast<unsigned char>(text[position]));
  return lead.length != 0 && matching_bytes(text, position, lead) == lead.length ? lead.length : 0;
}

bool utf8_can_continue(std::string_view text, std::size_t position) {
  const LeadByte lead = classify(static_cast<unsigned char>(text[position]));
  if (lead.length == 0) return false;
  const std::size_t matching = matching_bytes(text, position, lead);
  return matching < lead.length && position + matching == text.size();
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    result += length == 0 ? kReplacement : text.substr(i, length);
    i += length == 0 ? 1 : length;
  }
  return result;
}

std::size_t num_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace quartet::base
