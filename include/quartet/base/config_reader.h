#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::base {

/// Parses a YAML file into JSON values (YAML 1.2 core types; quoted scalars stay strings; anchors are followed).
/// Duplicate keys are errors. Throws: ConfigError naming file and line.
nlohmann::json read_yaml_file(const std::filesystem::path& path);
/// Throws: ConfigError naming `source` and the line.
nlohmann::json parse_yaml(std::string_view text, const std::string& source);
/// `value` as block-style YAML with keys in their order, ending in a newline; `parse_yaml` reads it back unchanged.
std::string to_yaml(const nlohmann::ordered_json& value);
/// Duplicate keys are errors. Throws: ConfigError naming file and byte.
nlohmann::json read_json_config(const std::filesystem::path& path);

/// Strict, typed view of one object of a configuration. Every problem (missing, unknown or ill-typed key) is collected
/// with its path; `finish()` on the root throws them all at once, unknown keys with the nearest known name.
///
///   ConfigReader root(read_yaml_file(path), path);
///   auto rank = root.get<int>("rank", 16);
///   for (ConfigReader model : root.objects("models")) { … }
///   root.finish();
class ConfigReader {
 public:
  /// `source` prefixes every message (usually the file name). A value that is no object is a problem.
  ConfigReader(nlohmann::json value, std::string source);

  /// The value, or the default where the key is absent or null. T: bool, int, int64_t, uint64_t, double (finite),
  /// std::string, std::vector<std::string>, std::vector<double>. An ill-typed value is a problem and gives the default.
  template <class T>
  T get(std::string_view key, const T& fallback);
  template <class T>
  std::optional<T> find(std::string_view key);
  /// As `find`, but an absent key is a problem (the result is then T{}).
  template <class T>
  T require(std::string_view key);
  /// One of `choices`; anything else is a problem that lists them.
  std::string choice(std::string_view key, std::string_view fallback, const std::vector<std::string>& choices);

  bool has(std::string_view key) const;
  /// The object under `key`; an empty one where it is absent.
  ConfigReader object(std::string_view key);
  /// The list of objects under `key`; empty where absent.
  std::vector<ConfigReader> objects(std::string_view key);
  /// The raw value (marks the key as known); null where absent.
  const nlohmann::json& raw(std::string_view key);
  /// All keys of this object, in sorted order; marks none as known.
  std::vector<std::string> keys() const;

  /// Adds a problem at `key` ("" = this object).
  void problem(std::string_view key, const std::string& message);
  /// The path of `key` as it appears in messages: "models[1].parameters.weight".
  std::string path(std::string_view key) const;
  /// Known keys that were not asked for: accept and ignore them.
  void ignore(std::string_view key);

  /// Throws: ConfigError with every problem of the whole document. Call it on the root, after all reads.
  void finish();

 private:
  struct Document;
  struct Node;
  ConfigReader(std::shared_ptr<Document> document, std::size_t node);

  std::shared_ptr<Document> document_;
  std::size_t node_;
};

}  // namespace quartet::base
