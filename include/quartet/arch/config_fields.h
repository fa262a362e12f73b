#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace quartet::arch {

/// Typed reads of one object of a model's or adapter's configuration, which is hostile input: wrong types, fractions,
/// numbers out of range. Unknown keys are fine (transformers and PEFT write dozens). `value` must outlive it.
/// Throws: CheckpointError naming source and key.
class ConfigFields {
 public:
  ConfigFields(const nlohmann::json& value, std::string source);

  /// Absent and null are the same: nothing.
  const nlohmann::json* find(std::string_view key) const;
  bool is_null(std::string_view key) const;  ///< present, and null
  std::optional<std::int64_t> find_integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  /// As `find_integer`, but the key must be there.
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  std::optional<double> find_number(std::string_view key) const;
  bool flag(std::string_view key) const;  ///< absent = false
  std::optional<std::string> find_string(std::string_view key) const;

  const std::string& source() const { return source_; }
  [[noreturn]] void fail(std::string_view key, const std::string& problem) const;

 private:
  const nlohmann::json& value_;
  std::string source_;
};

}  // namespace quartet::arch
