#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quartet/merge/moe_config.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::routing {

/// A text whose tokens belong to one expert.
struct LabelledSequence {
  tokenizer::TokenIds ids;  ///< BOS first
  std::int64_t label;       ///< expert index; the number of experts = to no expert (negative prompts)
  bool held_out = false;    ///< measured on, not fitted on
};

/// True for a fifth of all texts, by their hash: the same text is always on the same side.
bool is_held_out(const std::string& text);

/// BOS + prompt. Throws: DataError if they are more than `max_tokens`.
tokenizer::TokenIds prompt_ids(const tokenizer::Tokenizer& tokenizer, const std::string& prompt,
                               std::int64_t max_tokens);

/// What contrastive gates are fitted and every gate is measured on; nothing where neither is asked for (prompts of the
/// gate mode are then only checked). Per expert: the rows of its calibration file (BOS +
/// templated prompt + answer), else its positive prompts; negative prompts of all experts are one more class. An expert
/// whose texts would all be held out keeps them all for fitting.
/// Throws: DataError for a missing or empty file, a bad row, a text longer than `max_tokens`.
std::vector<LabelledSequence> load_calibration(const merge::MoeConfig& config, const tokenizer::Tokenizer& tokenizer,
                                               std::int64_t max_tokens);

}  // namespace quartet::routing
