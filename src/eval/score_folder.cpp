#include "score_folder.h"

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::eval {

using nlohmann::json;

json read_score_header(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "scores.json";
  if (!std::filesystem::exists(path)) return nullptr;
  const json scores = base::parse_json(base::read_text_file(path), path.string());
  json header = scores.is_object() ? scores.value("header", json()) : json();
  if (!header.is_object()) throw DataError(path.string() + ": \"header\" is missing: score the predictions again");
  return header;
}

void SettingsCheck::add(const json& header, const std::string& name) {
  for (const char* setting : {"weights", "hash_seed", "python_hash", "detok", "grammar_hashes"}) {
    const json value = header.value(setting, json());
    const auto [seen, is_new] = seen_.emplace(setting, std::pair(value, name));
    if (is_new || seen->second.first == value) continue;
    throw DataError(base::cat(name, " was scored with ", setting, " ", base::show_json(value), ", but ",
                              seen->second.second, " with ", base::show_json(seen->second.first), ": score all alike"));
  }
}

}  // namespace quartet::eval
