#include "quartet/checkpoint/companion_files.h"

#include <string>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTokenizerModel = "tokenizer.model";

}  // namespace

std::optional<fs::path> tokenizer_model_file(const fs::path& directory) {
  for (const std::string_view suffix : {"", ".v3", ".v2", ".v1"}) {
    const fs::path path = directory / base::cat(kTokenizerModel, suffix);
    if (fs::is_regular_file(path)) return path;
  }
  return std::nullopt;
}

void copy_companions(const std::vector<fs::path>& files, const fs::path& directory) {
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const bool is_tokenizer = name.starts_with(base::cat(kTokenizerModel, ".v"));
    const fs::path target = directory / (is_tokenizer ? std::string(kTokenizerModel) : name);
    std::error_code error;
    fs::copy_file(file, target, fs::copy_options::overwrite_existing, error);
    if (error) {
      throw ResourceError(base::cat(target.string(), ": cannot be copied from ", file.string(), ": ", error.message()));
    }
  }
}

}  // namespace quartet::checkpoint
