#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::fuzz {

/// Between the parts of an input: a byte that no UTF-8 text has.
inline constexpr char kSeparator = '\xff';

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The parts of an input; at least one.
inline std::vector<std::string_view> split_input(std::string_view input) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = input.find(kSeparator)) != std::string_view::npos; input.remove_prefix(end + 1))
    parts.push_back(input.substr(0, end));
  parts.push_back(input);
  return parts;
}

/// Stops the fuzzer with a finding.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace quartet::fuzz
