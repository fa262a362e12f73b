#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "quartet/tokenizer/tokenizer.h"

namespace quartet::generate {

/// How prompt rows become ids.
struct PromptOptions {
  std::string prompt_template = "none";
  std::string language;  ///< where a row names none; may be empty
  bool add_bos = true;
  std::int64_t vocab_size = 0;  ///< ids given in rows must lie below
  std::int64_t max_tokens = 0;  ///< the model's context: a prompt must be shorter
};

/// A row of a prompt or score file.
struct PromptRow {
  PromptRow();
  ~PromptRow();
  PromptRow(PromptRow&&) noexcept;
  PromptRow& operator=(PromptRow&&) noexcept;

  std::string id_text;  ///< the id as text, for tensor names and messages
  std::vector<std::int64_t> prompt_ids;
  std::vector<std::int64_t> completion_ids;  ///< score files only
  std::unique_ptr<nlohmann::json> fields;    ///< everything to carry along; `id`, and `language` by its id
};

/// Reads {"id", "prompt" | "text" | "prompt_ids", …} rows; with `with_completion` also "completion" | "completion_ids".
/// `tokenizer` may be null where every row brings its ids. Throws: DataError with `path:line` for an unreadable or
/// empty file, a bad row, a duplicate id (with completions: id and `sample`), an id outside the vocabulary, a prompt
/// that does not fit the context.
std::vector<PromptRow> read_prompt_file(const std::filesystem::path& path, const tokenizer::Tokenizer* tokenizer,
                                        const PromptOptions& options, bool with_completion);

/// The ids of one prompt text under the template. Throws: DataError if there is none left (empty text, no BOS).
std::vector<std::int64_t> encode_prompt(const std::string& text, const std::string& language,
                                        const tokenizer::Tokenizer& tokenizer, const PromptOptions& options);

}  // namespace quartet::generate
