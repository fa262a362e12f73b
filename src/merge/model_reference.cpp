#include "quartet/merge/model_reference.h"

#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::merge {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path resolve(const std::string& text, const fs::path& config_directory) {
  std::error_code ignored;
  const fs::path beside = config_directory / text;
  return fs::exists(beside, ignored) ? beside : fs::path(text);
}

bool exists(const std::string& text, const fs::path& config_directory) {
  std::error_code ignored;
  return fs::exists(resolve(text, config_directory), ignored);
}

fs::path canonical_path(const fs::path& path) {
  std::error_code failed;
  const fs::path result = fs::weakly_canonical(fs::absolute(path, failed), failed);
  return failed ? path.lexically_normal() : result;
}

ModelReference parse_text(const std::string& text, const fs::path& config_directory, base::ConfigReader& reader,
                          const std::string& key) {
  ModelReference reference;
  reference.text = text;
  const auto parts = base::split(text, '+');
  if (text.empty()) {
    reader.problem(key, "is empty; expected a model directory");
  } else if (exists(text, config_directory)) {
    reference.model = resolve(text, config_directory);
  } else if (parts.size() > 2 || parts.front().empty() || parts.back().empty()) {
    reader.problem(key,
                   base::cat("got ", base::excerpt(text), ", expected PATH or PATH+LORA; a path that contains '+' is ",
                             "written {model: {path: …}, lora: {path: …}}"));
  } else {
    for (const std::string& part : parts) {
      if (part.find('@') != std::string::npos && !exists(part, config_directory)) {
        reader.problem(
            key, base::cat("got ", base::excerpt(part), ": revisions (@) need a model hub; give a local directory ",
                           "(a path that contains '@' is written {model: {path: …}})"));
      }
    }
    reference.model = resolve(parts.front(), config_directory);
    if (parts.size() == 2) reference.lora = resolve(parts.back(), config_directory);
  }
  return reference;
}

/// The path of `{path, revision}` or of a plain text.
std::optional<std::string> parse_path(const json& value, base::ConfigReader& reader, const std::string& key) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
  if (value.is_object() && value.contains("path") && value["path"].is_string()) {
    for (const auto& [name, part] : value.items()) {
      if (name != "path" && !(name == "revision" && part.is_null())) {
        reader.problem(key, base::cat("has '", name, "', which is not supported; expected {path: DIRECTORY}"));
      }
    }
    return value["path"].get<std::string>();
  }
  reader.problem(key, base::cat("got ", base::show_json(value), ", expected a path or {path: DIRECTORY}"));
  return std::nullopt;
}

}  // namespace

bool ModelReference::same_as(const ModelReference& other) const {
  return canonical_path(model) == canonical_path(other.model) && lora.empty() == other.lora.empty() &&
         (lora.empty() || canonical_path(lora) == canonical_path(other.lora));
}

ModelReference parse_model_reference(const json& value, const fs::path& config_directory, base::ConfigReader& reader,
                                     const std::string& key) {
  if (value.is_string()) return parse_text(value.get<std::string>(), config_directory, reader, key);
  ModelReference reference;
  if (!value.is_object() || !value.contains("model")) {
    reader.problem(key, base::cat(value.is_null() ? "is missing" : "got " + base::show_json(value),
                                  ", expected a model: PATH, PATH+LORA or {model: {path: …}, lora: {path: …}}"));
    return reference;
  }
  for (const auto& [name, part] : value.items()) {
    if (part.is_null()) continue;
    if (name == "model" || name == "lora") {
      const auto path = parse_path(part, reader, key + "." + name);
      if (!path) continue;
      (name == "model" ? reference.model : reference.lora) = resolve(*path, config_directory);
      reference.text =
          name == "model" ? *path + (reference.text.empty() ? "" : reference.text) : reference.text + "+" + *path;
    } else {
      const std::vector<std::string> known{"model", "lora"};
      reader.problem(key, base::cat("has '", name, "', which is not supported", base::did_you_mean(name, known)));
    }
  }
  return reference;
}

}  // namespace quartet::merge
