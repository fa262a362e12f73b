#include "quartet/base/language.h"

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

constexpr Language kLanguages[] = {
    {"python", "Python", "py", "#"}, {"java", "Java", "java", "//"}, {"javascript", "Javascript", "js", "//"},
    {"cpp", "C++", "cpp", "//"},     {"c", "C", "c", "//"},          {"c_sharp", "C#", "cs", "//"},
    {"php", "PHP", "php", "//"},     {"go", "Go", "go", "//"},       {"ruby", "Ruby", "rb", "#"},
    {"rust", "Rust", "rs", "//"},
};

/// Usual spellings beside id, prompt name and extension.
constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
    {"python3", "python"}, {"node", "javascript"}, {"cxx", "cpp"},   {"cplusplus", "cpp"},
    {"csharp", "c_sharp"}, {"c-sharp", "c_sharp"}, {"golang", "go"},
};

}  // namespace

std::span<const Language> languages() {
  return kLanguages;
}

const Language* find_language(std::string_view name) {
  std::string lower = to_lower(name);
  for (const auto& [spelling, id] : kSpellings) {
    if (lower == spelling) lower = id;
  }
  for (const Language& language : kLanguages) {
    if (lower == language.id || lower == to_lower(language.prompt_name) || lower == language.extension)
      return &language;
  }
  return nullptr;
}

const Language& require_language(std::string_view name, const std::string& where) {
  if (const Language* language = find_language(name)) return *language;
  std::vector<std::string> ids;
  for (const Language& language : kLanguages) ids.emplace_back(language.id);
  throw ConfigError(cat(where, ": unknown language ", excerpt(name), did_you_mean(to_lower(name), ids),
                        ", expected one of ", join(ids, " ")));
}

}  // namespace quartet::base
