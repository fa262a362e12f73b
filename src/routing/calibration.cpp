#include "quartet/routing/calibration.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/language.h"
#include "quartet/base/text.h"
#include "quartet/tokenizer/prompt_format.h"

namespace quartet::routing {
namespace {

using base::cat;
using tokenizer::TokenIds;

void require_length(const TokenIds& ids, std::int64_t max_tokens, const std::string& where) {
  if (static_cast<std::int64_t>(ids.size()) > max_tokens) {
    throw DataError(cat(where, ": ", ids.size(), " tokens are longer than the model's context of ", max_tokens));
  }
}

/// The rows of one calibration file.
std::vector<LabelledSequence> load_rows(const merge::MoeExpert& expert, std::int64_t label,
                                        const tokenizer::PromptFormat& format, const tokenizer::Tokenizer& tokenizer,
                                        std::int64_t max_tokens) {
  std::vector<LabelledSequence> sequences;
  base::JsonlReader reader(*expert.calibration);
  while (const auto row = reader.next()) {
    const std::string text = base::require_string(*row, "text", reader.where());
    const std::string code = base::require_string(*row, "code", reader.where());
    auto language = base::find_string(*row, "language", reader.where());
    if (!language) language = expert.language;
    const base::Language* known = language ? base::find_language(*language) : nullptr;
    LabelledSequence sequence{format.prompt_ids(tokenizer, text, known), label, is_held_out(text + '\x1F' + code)};
    const TokenIds answer = format.answer_ids(tokenizer, code);
    sequence.ids.insert(sequence.ids.end(), answer.begin(), answer.end());
    require_length(sequence.ids, max_tokens, reader.where());
    sequences.push_back(std::move(sequence));
  }
  if (sequences.empty())
    throw DataError(cat(expert.calibration->string(), ": has no rows; expected {\"text\", \"code\"} rows"));
  return sequences;
}

LabelledSequence prompt_sequence(const std::string& prompt, std::int64_t label, const tokenizer::Tokenizer& tokenizer,
                                 std::int64_t max_tokens) {
  return {prompt_ids(tokenizer, prompt, max_tokens), label, is_held_out(prompt)};
}

/// Gates that are seeded from prompts read them later: what is wrong with them is said before any weight is loaded.
void check_prompts(const merge::MoeConfig& config, const tokenizer::Tokenizer& tokenizer, std::int64_t max_tokens) {
  for (const merge::MoeExpert& expert : config.experts) {
    for (const auto* prompts : {&expert.positive_prompts, &expert.negative_prompts}) {
      for (const std::string& prompt : *prompts) prompt_ids(tokenizer, prompt, max_tokens);
    }
  }
}

void keep_one_side(std::vector<LabelledSequence>& sequences) {
  const bool none_left =
      std::all_of(sequences.begin(), sequences.end(), [](const auto& item) { return item.held_out; });
  if (!none_left) return;
  for (LabelledSequence& sequence : sequences) sequence.held_out = false;
}

}  // namespace

bool is_held_out(const std::string& text) {
  const std::string digest = base::sha256_hex("router held out|" + text);
  std::uint32_t head = 0;
  std::from_chars(digest.data(), digest.data() + 8, head, 16);
  return head < 0x33333333;  // 0.2 of 2^32
}

TokenIds prompt_ids(const tokenizer::Tokenizer& tokenizer, const std::string& prompt, std::int64_t max_tokens) {
  TokenIds ids{tokenizer.bos_id()};
  const TokenIds rest = tokenizer.encode(prompt);
  ids.insert(ids.end(), rest.begin(), rest.end());
  require_length(ids, max_tokens, cat("prompt ", base::excerpt(prompt, 40)));
  return ids;
}

std::vector<LabelledSequence> load_calibration(const merge::MoeConfig& config, const tokenizer::Tokenizer& tokenizer,
                                               std::int64_t max_tokens) {
  const tokenizer::PromptFormat format(config.prompt_template);
  const bool is_contrastive = config.gate_mode == merge::GateMode::kContrastive;
  if (!is_contrastive) check_prompts(config, tokenizer, max_tokens);
  if (!is_contrastive && !config.has_calibration()) return {};
  const auto num_experts = static_cast<std::int64_t>(config.experts.size());
  std::vector<LabelledSequence> all;
  std::vector<LabelledSequence> rejected;
  for (std::int64_t label = 0; label < num_experts; ++label) {
    const merge::MoeExpert& expert = config.experts[label];
    std::vector<LabelledSequence> own;
    if (expert.calibration) {
      own = load_rows(expert, label, format, tokenizer, max_tokens);
    } else {
      for (const std::string& prompt : expert.positive_prompts) {
        own.push_back(prompt_sequence(prompt, label, tokenizer, max_tokens));
      }
    }
    keep_one_side(own);
    all.insert(all.end(), own.begin(), own.end());
    for (const std::string& prompt : expert.negative_prompts) {
      rejected.push_back(prompt_sequence(prompt, num_experts, tokenizer, max_tokens));
      rejected.back().held_out = false;  // it has no row to be measured on
    }
  }
  all.insert(all.end(), rejected.begin(), rejected.end());
  return all;
}

}  // namespace quartet::routing
