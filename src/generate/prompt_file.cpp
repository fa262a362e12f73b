#include "quartet/generate/prompt_file.h"

#include <nlohmann/json.hpp>
#include <set>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/language.h"
#include "quartet/base/text.h"
#include "quartet/tokenizer/prompt_format.h"

namespace quartet::generate {
namespace {

using nlohmann::json;

std::vector<std::int64_t> read_ids(const json& value, std::string_view field, std::int64_t vocab_size,
                                   const std::string& where) {
  if (!value.is_array()) throw DataError(base::cat(where, ": '", field, "' must be a list of token ids"));
  std::vector<std::int64_t> ids;
  for (const auto& item : value) {
    const bool good = item.is_number_integer() && !(item.is_number_unsigned() && item.get<std::uint64_t>() > INT64_MAX);
    const std::int64_t id = good ? item.get<std::int64_t>() : -1;
    if (id < 0 || id >= vocab_size) {
      throw DataError(base::cat(where, ": '", field, "' holds ", base::shorten(item.dump(), 20),
                                ", expected token ids from 0 to ", vocab_size - 1));
    }
    ids.push_back(id);
  }
  return ids;
}

const tokenizer::Tokenizer& require_tokenizer(const tokenizer::Tokenizer* tokenizer, const char* field,
                                              const std::string& where) {
  if (tokenizer == nullptr) {
    throw CheckpointError(base::cat("the model directory has no tokenizer.model, and ", where,
                                    " needs one: copy it there, or give '", field, "'"));
  }
  return *tokenizer;
}

class RowReader {
 public:
  RowReader(const tokenizer::Tokenizer* tokenizer, const PromptOptions& options, bool with_completion)
      : tokenizer_(tokenizer), options_(options), with_completion_(with_completion) {}

  PromptRow read(json row, const std::string& where) {
    PromptRow result;
    if (!row.contains("id")) throw DataError(where + ": the field 'id' is missing");
    result.id_text = row["id"].is_string() ? row["id"].get<std::string>() : base::to_json_line(row["id"]);
    // A score file may hold several completions of one prompt, told apart by `sample`, as in the output of generate.
    json key = {row["id"]};
    if (with_completion_ && row.contains("sample")) key.push_back(row["sample"]);
    if (!keys_.insert(key.dump(-1, ' ', false, json::error_handler_t::replace)).second) {
      throw DataError(base::cat(where, ": the id ", base::excerpt(result.id_text), " stands in an earlier row already",
                                with_completion_ ? " (several completions of one prompt need a 'sample')" : ""));
    }
    std::string language = options_.language;
    if (const auto name = base::find_string(row, "language", where)) {
      const auto* known = base::find_language(*name);
      if (known == nullptr) throw DataError(base::cat(where, ": unknown language ", base::excerpt(*name, 30)));
      language = known->id;
      row["language"] = language;
    }
    try {
      result.prompt_ids = prompt_ids(row, language, where);
    } catch (const DataError& error) {
      const std::string message = error.what();
      throw message.starts_with(where) ? error : DataError(where + ": " + message);
    }
    const auto length = static_cast<std::int64_t>(result.prompt_ids.size());
    if (length >= options_.max_tokens) {
      throw DataError(base::cat(where, ": the prompt has ", length, " tokens, but the model's context holds ",
                                options_.max_tokens, ": shorten it"));
    }
    if (with_completion_) result.completion_ids = completion_ids(row, where);
    result.fields = std::make_unique<json>(std::move(row));
    return result;
  }

 private:
  std::vector<std::int64_t> prompt_ids(json& row, const std::string& language, const std::string& where) const {
    if (row.contains("prompt_ids")) {
      auto ids = read_ids(row["prompt_ids"], "prompt_ids", options_.vocab_size, where);
      if (ids.empty()) throw DataError(where + ": 'prompt_ids' is empty");
      return ids;
    }
    auto text = base::find_string(row, "prompt", where);
    if (!text) text = base::find_string(row, "text", where);
    if (!text) throw DataError(where + ": one of 'prompt', 'text' and 'prompt_ids' is needed");
    row["prompt"] = *text;  // the output's `text` is the answer
    return encode_prompt(*text, language, require_tokenizer(tokenizer_, "prompt_ids", where), options_);
  }

  std::vector<std::int64_t> completion_ids(json& row, const std::string& where) const {
    std::vector<std::int64_t> ids;
    if (row.contains("completion_ids")) {
      ids = read_ids(row["completion_ids"], "completion_ids", options_.vocab_size, where);
    } else {
      const auto text = base::require_string(row, "completion", where);
      ids = require_tokenizer(tokenizer_, "completion_ids", where).encode(text);
    }
    if (ids.empty()) throw DataError(where + ": the completion is empty");
    return ids;
  }

  const tokenizer::Tokenizer* tokenizer_;
  const PromptOptions& options_;
  bool with_completion_;
  std::set<std::string> keys_;
};

}  // namespace

PromptRow::PromptRow() = default;
PromptRow::~PromptRow() = default;
PromptRow::PromptRow(PromptRow&&) noexcept = default;
PromptRow& PromptRow::operator=(PromptRow&&) noexcept = default;

std::vector<PromptRow> read_prompt_file(const std::filesystem::path& path, const tokenizer::Tokenizer* tokenizer,
                                        const PromptOptions& options, bool with_completion) {
  base::JsonlReader reader(path);
  RowReader rows(tokenizer, options, with_completion);
  std::vector<PromptRow> result;
  while (auto row = reader.next()) result.push_back(rows.read(std::move(*row), reader.where()));
  if (result.empty()) throw DataError(path.string() + ": no rows (expected {\"id\", \"prompt\"} objects, one a line)");
  return result;
}

std::vector<std::int64_t> encode_prompt(const std::string& text, const std::string& language,
                                        const tokenizer::Tokenizer& tokenizer, const PromptOptions& options) {
  const tokenizer::PromptFormat format(options.prompt_template);
  auto ids = format.prompt_ids(tokenizer, text, base::find_language(language), options.add_bos);
  if (ids.empty()) throw DataError("an empty prompt without BOS has no token: give it text, or leave out --no-bos");
  return ids;
}

}  // namespace quartet::generate
