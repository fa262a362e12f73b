#include "quartet/arch/config_fields.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::arch {

using base::cat;

ConfigFields::ConfigFields(const nlohmann::json& value, std::string source)
    : value_(value), source_(std::move(source)) {
  if (!value.is_object()) throw CheckpointError(cat(source_, ": got ", value.type_name(), ", expected a JSON object"));
}

void ConfigFields::fail(std::string_view key, const std::string& problem) const {
  throw CheckpointError(cat(source_, ": ", key, ": ", problem));
}

const nlohmann::json* ConfigFields::find(std::string_view key) const {
  const auto found = value_.find(std::string(key));
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

bool ConfigFields::is_null(std::string_view key) const {
  const auto found = value_.find(std::string(key));
  return found != value_.end() && found->is_null();
}

std::optional<std::int64_t> ConfigFields::find_integer(std::string_view key, std::int64_t low,
                                                       std::int64_t high) const {
  const nlohmann::json* found = find(key);
  if (!found) return std::nullopt;
  // Numbers above INT64_MAX are unsigned in nlohmann; reading them as signed would wrap.
  const bool fits = found->is_number_integer() &&
                    (!found->is_number_unsigned() || found->get<std::uint64_t>() <= static_cast<std::uint64_t>(high));
  if (!fits || found->get<std::int64_t>() < low || found->get<std::int64_t>() > high) {
    // dump() is ASCII and one line, whatever the value holds.
    const std::string got = found->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    fail(key, cat("got ", got.substr(0, 40), ", expected an integer from ", low, " to ", high));
  }
  return found->get<std::int64_t>();
}

std::int64_t ConfigFields::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const auto value = find_integer(key, low, high);
  if (!value) fail(key, "is missing (is this the config of a Mistral or Mixtral model?)");
  return *value;
}

std::optional<double> ConfigFields::find_number(std::string_view key) const {
  const nlohmann::json* found = find(key);
  if (!found) return std::nullopt;
  if (!found->is_number() || !std::isfinite(found->get<double>())) {
    fail(key, cat("got ", found->type_name(), ", expected a finite number"));
  }
  return found->get<double>();
}

bool ConfigFields::flag(std::string_view key) const {
  const nlohmann::json* found = find(key);
  if (!found) return false;
  if (!found->is_boolean()) fail(key, cat("got ", found->type_name(), ", expected true or false"));
  return found->get<bool>();
}

std::optional<std::string> ConfigFields::find_string(std::string_view key) const {
  const nlohmann::json* found = find(key);
  if (!found) return std::nullopt;
  if (!found->is_string()) fail(key, cat("got ", found->type_name(), ", expected a string"));
  return found->get<std::string>();
}

}  // namespace quartet::arch
