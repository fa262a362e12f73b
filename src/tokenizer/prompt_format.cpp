#include "quartet/tokenizer/prompt_format.h"

#include <algorithm>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::tokenizer {

using base::cat;

const std::vector<std::string>& PromptFormat::names() {
  static const std::vector<std::string> names = {"none", "study", "plain", "mistral-v1", "mistral-v2", "mistral-v3"};
  return names;
}

PromptFormat::PromptFormat(std::string_view name) : name_(name) {
  if (std::find(names().begin(), names().end(), name_) == names().end()) {
    throw ConfigError(cat("unknown template ", base::excerpt(name), base::did_you_mean(name, names()),
                          ", expected one of ", base::join(names(), " ")));
  }
  kind_ = name == "none"                            ? Kind::kNone
          : name == "plain"                         ? Kind::kPlain
          : name == "study" || name == "mistral-v1" ? Kind::kInstructText
                                                    : Kind::kInstructTokens;
}

std::string PromptFormat::prompt_text(std::string_view text, const base::Language* language) const {
  switch (kind_) {
    case Kind::kNone:
      return std::string(text);
    case Kind::kInstructText:
      return cat("[INST] ", text, " [/INST]");
    case Kind::kInstructTokens:
      return cat("[INST] ", text, "[/INST]");
    case Kind::kPlain:
      if (language == nullptr) throw DataError("template plain needs the row's language: give the field or --language");
      return cat(language->line_comment, " ", language->prompt_name, ": ", text, "\n");
  }
  throw StateError("template without a prompt");
}

TokenIds PromptFormat::prompt_ids(const Tokenizer& tokenizer, std::string_view text, const base::Language* language,
                                  bool add_bos) const {
  TokenIds ids;
  if (add_bos) ids.push_back(tokenizer.bos_id());
  const auto append = [&](std::string_view part) {
    const TokenIds part_ids = tokenizer.encode(part);
    ids.insert(ids.end(), part_ids.begin(), part_ids.end());
  };
  if (kind_ != Kind::kInstructTokens) {
    append(prompt_text(text, language));
    return ids;
  }
  const auto begin = tokenizer.control_id("[INST]");
  const auto end = tokenizer.control_id("[/INST]");
  if (!begin || !end) {
    throw CheckpointError(
        cat("template ", name_,
            " needs the control tokens [INST] and [/INST], which this model's tokenizer lacks: ", "use mistral-v1"));
  }
  ids.push_back(*begin);
  append(text);
  ids.push_back(*end);
  return ids;
}

std::string PromptFormat::answer_text(std::string_view code) const {
  if (kind_ == Kind::kInstructTokens) code = code.substr(0, code.find_last_not_of(' ') + 1);
  return std::string(code);
}

TokenIds PromptFormat::answer_ids(const Tokenizer& tokenizer, std::string_view code) const {
  return tokenizer.encode(answer_text(code));
}

}  // namespace quartet::tokenizer
