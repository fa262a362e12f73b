#include "quartet/routing/router_seeder.h"

#include <ATen/ATen.h>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/routing/prompt_features.h"

namespace quartet::routing {
namespace {

/// Mean over the prompts of their last token's states: [L, D] float64; zeros for no prompt.
at::Tensor mean_states(const model::Transformer& model, const tokenizer::Tokenizer& tokenizer,
                       const std::vector<std::string>& prompts) {
  at::Tensor sum = at::zeros({model.config().num_hidden_layers, model.config().hidden_size}, at::kDouble);  // [L, D]
  for (const std::string& prompt : prompts) {
    const tokenizer::TokenIds ids = prompt_ids(tokenizer, prompt);
    if (static_cast<std::int64_t>(ids.size()) > model.config().max_position_embeddings) {
      throw DataError(base::cat("prompt '", base::excerpt(prompt, 40), "': ", ids.size(),
                                " tokens are longer than the model's context of ",
                                model.config().max_position_embeddings));
    }
    sum += last_token_states(model, ids);
  }
  return prompts.empty() ? sum : sum / static_cast<double>(prompts.size());
}

}  // namespace

merge::RouterWeights hidden_routers(const model::Transformer& model, const tokenizer::Tokenizer& tokenizer,
                                    const merge::MoeConfig& config) {
  std::vector<at::Tensor> rows;  // per expert [L, D]
  for (const merge::MoeExpert& expert : config.experts) {
    const at::Tensor state =
        mean_states(model, tokenizer, expert.positive_prompts) - mean_states(model, tokenizer, expert.negative_prompts);
    rows.push_back(state / state.norm(2, {-1}, true).clamp_min(1e-8));
  }
  const at::Tensor all = at::stack(rows, 1).to(at::kFloat);  // [L, E, D]
  merge::RouterWeights routers;
  for (std::int64_t layer = 0; layer < all.size(0); ++layer) routers.push_back(all[layer].contiguous());
  return routers;
}

std::vector<std::int64_t> degenerate_layers(const merge::RouterWeights& routers) {
  std::vector<std::int64_t> layers;
  for (std::size_t layer = 0; layer < routers.size(); ++layer) {
    const at::Tensor values = at::linalg_svdvals(routers[layer].to(at::kDouble));  // [min(E, D)], largest first
    const double smallest = values[-1].item<double>();
    if (values[0].item<double>() > 5 * smallest) layers.push_back(static_cast<std::int64_t>(layer));
  }
  return layers;
}

}  // namespace quartet::routing
