#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace quartet::eval {

/// The header of a folder that `evaluate codebleu` wrote; null where there is no scores.json.
/// Throws: DataError if the file is damaged.
nlohmann::json read_score_header(const std::filesystem::path& directory);

/// Scores under other weights or another hash seed are other measures: their difference would say nothing.
class SettingsCheck {
 public:
  /// Throws: DataError if the settings differ from those of the headers before. `name` says where they are from.
  void add(const nlohmann::json& header, const std::string& name);

 private:
  std::map<std::string, std::pair<nlohmann::json, std::string>> seen_;  // setting -> value, and where it was seen
};

}  // namespace quartet::eval
