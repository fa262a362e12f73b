#include "quartet/routing/router_seeder.h"

#include <ATen/ATen.h>

#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/routing/prompt_features.h"
#include "quartet/tensor/device.h"

namespace quartet::routing {
namespace {

using merge::GateMode;

at::Tensor unit_rows(const at::Tensor& rows) {
  const tensor::OneThread one_thread;
  return rows / rows.norm(2, {-1}, true).clamp_min(1e-8);
}

/// What the prompts of one side (positive or negative) of an expert say.
class PromptStates {
 public:
  PromptStates(const model::Transformer& model, const tokenizer::Tokenizer& tokenizer, GateMode mode)
      : model_(model), tokenizer_(tokenizer), mode_(mode), width_(model.config().hidden_size) {
    if (mode_ == GateMode::kCheapEmbed) embedding_ = model.weights().at(arch::embedding_name());
  }

  /// The row of every layer: [L, D] float64 of length 1.
  at::Tensor router_rows(const merge::MoeExpert& expert) const {
    const at::Tensor positive = of_prompts(expert.positive_prompts);
    if (expert.negative_prompts.empty()) return unit_rows(positive);
    const at::Tensor negative = of_prompts(expert.negative_prompts);
    const bool scaled_before = mode_ == GateMode::kCheapEmbed;
    return unit_rows(scaled_before ? unit_rows(positive) - unit_rows(negative) : positive - negative);
  }

 private:
  at::Tensor of_prompts(const std::vector<std::string>& prompts) const {
    at::Tensor sum = at::zeros({model_.config().num_hidden_layers, width_}, at::kDouble);  // [L, D]
    std::vector<tokenizer::TokenIds> texts;
    for (const std::string& prompt : prompts) {
      texts.push_back(prompt_ids(tokenizer_, prompt, model_.config().max_position_embeddings));
    }
    if (mode_ == GateMode::kCheapEmbed) {
      for (const tokenizer::TokenIds& ids : texts) sum += sum_of_embeddings(ids);
    } else {
      for (const at::Tensor& states : layer_input_states(model_, texts, mode_ == GateMode::kHiddenAverage))
        sum += states;
    }
    return mode_ == GateMode::kCheapEmbed ? sum : sum / static_cast<double>(prompts.size());
  }

  at::Tensor sum_of_embeddings(const tokenizer::TokenIds& ids) const {
    const tensor::OneThread one_thread;
    const at::Tensor rows = at::tensor(ids, at::kLong).to(embedding_.device());      // [T]
    return embedding_.index_select(0, rows).to(at::kCPU, at::kDouble).sum(0, true);  // [1, D]
  }

  const model::Transformer& model_;
  const tokenizer::Tokenizer& tokenizer_;
  GateMode mode_;
  std::int64_t width_;
  at::Tensor embedding_;  // [V, D], cheap_embed only
};

}  // namespace

merge::RouterWeights prompt_routers(const model::Transformer& model, const tokenizer::Tokenizer& tokenizer,
                                    const merge::MoeConfig& config) {
  const GateMode mode = config.gate_mode;
  if (mode != GateMode::kHidden && mode != GateMode::kHiddenAverage && mode != GateMode::kCheapEmbed) {
    throw StateError(base::cat("gate mode ", config.gate_mode_name, " takes no prompts"));
  }
  const PromptStates states(model, tokenizer, mode);
  std::vector<at::Tensor> rows;  // per expert [L, D]
  for (const merge::MoeExpert& expert : config.experts) rows.push_back(states.router_rows(expert));
  const at::Tensor all = at::stack(rows, 1).to(at::kFloat);  // [L, E, D]
  merge::RouterWeights routers;
  for (std::int64_t layer = 0; layer < all.size(0); ++layer) routers.push_back(all[layer].contiguous());
  return routers;
}

std::vector<std::int64_t> degenerate_layers(const merge::RouterWeights& routers) {
  const tensor::OneThread one_thread;
  std::vector<std::int64_t> layers;
  for (std::size_t layer = 0; layer < routers.size(); ++layer) {
    const at::Tensor values = at::linalg_svdvals(routers[layer].to(at::kDouble));  // [min(E, D)], largest first
    const double smallest = values[-1].item<double>();
    if (values[0].item<double>() > 5 * smallest) layers.push_back(static_cast<std::int64_t>(layer));
  }
  return layers;
}

}  // namespace quartet::routing
