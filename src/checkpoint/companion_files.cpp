#include "quartet/checkpoint/companion_files.h"

#include <string>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTokenizerModel = "tokenizer.model";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

std::optional<fs::path> tokenizer_model_file(const fs::path& directory) {
  for (const std::string_view suffix : {"", ".v3", ".v2", ".v1"}) {
    const fs::path path = directory / base::cat(kTokenizerModel, suffix);
    if (is_file(path)) return path;
  }
  return std::nullopt;
}

std::vector<fs::path> companion_files(const fs::path& directory) {
  std::vector<fs::path> files;
  if (const auto tokenizer = tokenizer_model_file(directory)) files.push_back(*tokenizer);
  for (const std::string_view name :
       {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "generation_config.json", "chat_template.jinja", "chat_template.json"}) {
    if (is_file(directory / name)) files.push_back(directory / name);
  }
  return files;
}

void copy_companion(const fs::path& file, const fs::path& target) {
  std::error_code error;
  fs::copy_file(file, target, fs::copy_options::overwrite_existing, error);
  if (error) {
    throw ResourceError(base::cat(target.string(), ": cannot be copied from ", file.string(), ": ", error.message()));
  }
}

void copy_companions(const std::vector<fs::path>& files, const fs::path& directory) {
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const bool is_tokenizer = name.starts_with(base::cat(kTokenizerModel, ".v"));
    copy_companion(file, directory / (is_tokenizer ? std::string(kTokenizerModel) : name));
  }
}

}  // namespace quartet::checkpoint
