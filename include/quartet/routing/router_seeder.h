#pragma once

#include "quartet/merge/moe_config.h"
#include "quartet/merge/router_init.h"
#include "quartet/model/transformer.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::routing {

/// mergekit's gates from prompts, one prompt at a time, in the model's compute type (mergekit: one padded batch in
/// bfloat16, whose pads count in the mean of hidden_avg). Every row is scaled to length 1.
///
/// | hidden, hidden_last | mean over an expert's prompts of the residual stream that enters the layer at the last token
/// | | hidden_avg          | the same of its mean over the tokens | | cheap_embed         | sum of the embeddings of
/// all its tokens, equal for every layer                                |
///
/// less the same of its negative prompts (cheap_embed: both scaled to length 1 before).
/// Throws: DataError for a prompt longer than the context; StateError for a gate mode without prompts.
/// Source: mergekit 0.1.5.
merge::RouterWeights prompt_routers(const model::Transformer& model, const tokenizer::Tokenizer& tokenizer,
                                    const merge::MoeConfig& config);

/// Layers whose rows are close to dependent: 2-norm condition number above mergekit's limit of 5.
std::vector<std::int64_t> degenerate_layers(const merge::RouterWeights& routers);

}  // namespace quartet::routing
