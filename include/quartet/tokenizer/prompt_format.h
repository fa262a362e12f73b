#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quartet/base/language.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::tokenizer {

/// A template that turns a row's text and code into a prompt and an answer. The two are encoded separately, so the
/// answer keeps its dummy prefix, as generation will produce it: ids = BOS + prompt + answer + EOS.
///
/// | name                   | prompt                                                 | answer                     |
/// | none                   | {text}                                                 | {code}                     |
/// | study, mistral-v1      | [INST] {text} [/INST] as plain text                    | {code}                     |
/// | plain                  | # {Language}: {text} + newline (comment sign of it)    | {code}                     |
/// | mistral-v2, mistral-v3 | control token [INST], {text}, control token [/INST]    | {code} less final blanks   |
class PromptFormat {
 public:
  static const std::vector<std::string>& names();
  /// Throws: ConfigError for an unknown name.
  explicit PromptFormat(std::string_view name);

  const std::string& name() const { return name_; }
  /// True if a prompt cannot be made without a language.
  bool needs_language() const { return kind_ == Kind::kPlain; }

  /// The prompt as one reads it; of mistral-v2 and -v3 the ids below are the truth. `language` may be null where it is
  /// not needed. Throws: DataError if it is needed.
  std::string prompt_text(std::string_view text, const base::Language* language) const;
  /// Throws: DataError if a language is needed; CheckpointError if the tokenizer lacks the template's control tokens.
  TokenIds prompt_ids(const Tokenizer& tokenizer, std::string_view text, const base::Language* language,
                      bool add_bos = true) const;
  std::string answer_text(std::string_view code) const;
  /// Without EOS.
  TokenIds answer_ids(const Tokenizer& tokenizer, std::string_view code) const;

 private:
  enum class Kind { kNone, kInstructText, kPlain, kInstructTokens };

  std::string name_;
  Kind kind_;
};

}  // namespace quartet::tokenizer
