#pragma once

#include "quartet/merge/moe_config.h"
#include "quartet/merge/router_init.h"
#include "quartet/model/transformer.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::routing {

/// mergekit's `hidden` gates: per expert the mean over its positive prompts of the residual stream that enters the
/// layer at the last token, less the same of its negative prompts, scaled to length 1. One prompt at a time, in the
/// model's compute type (mergekit: one padded batch in bfloat16). Throws: DataError for a prompt longer than the
/// context. Source: mergekit 0.1.5, gate_mode hidden (also called hidden_last).
merge::RouterWeights hidden_routers(const model::Transformer& model, const tokenizer::Tokenizer& tokenizer,
                                    const merge::MoeConfig& config);

/// Layers whose rows are close to dependent: 2-norm condition number above mergekit's limit of 5.
std::vector<std::int64_t> degenerate_layers(const merge::RouterWeights& routers);

}  // namespace quartet::routing
