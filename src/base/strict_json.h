#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace quartet::base {

/// Parses JSON, refusing duplicate keys, nesting deeper than 200, numbers out of range and invalid UTF-8.
/// Throws: std::runtime_error with the reason and, for bad syntax, the byte.
nlohmann::json parse_strict_json(std::string_view text);

}  // namespace quartet::base
