#include "quartet/routing/build_routers.h"

#include <ATen/ATen.h>

#include <optional>
#include <set>

#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/routing/calibration.h"
#include "quartet/routing/contrastive.h"
#include "quartet/routing/prompt_features.h"
#include "quartet/routing/router_seeder.h"
#include "quartet/tensor/device.h"

namespace quartet::routing {
namespace {

using merge::GateMode;

/// The tokens of one side (fitted on, or held out) and what they belong to.
struct TokenSide {
  at::Tensor rows;  // [n] int64, into the features
  std::vector<std::int64_t> labels;
  std::vector<std::int64_t> sequences;

  TokenSide(const TokenIndex& tokens, bool held_out) {
    std::vector<std::int64_t> kept;
    for (std::int64_t i = 0; i < tokens.num_tokens(); ++i) {
      if ((tokens.token_held_out[i] != 0) != held_out) continue;
      kept.push_back(i);
      labels.push_back(tokens.token_label[i]);
      sequences.push_back(tokens.token_sequence[i]);
    }
    rows = at::tensor(kept, at::kLong);
  }
  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
  at::Tensor label_tensor() const { return at::tensor(labels, at::kLong); }
};

/// Layer by layer: fits where asked, rounds, measures.
class LayerBuilder {
 public:
  LayerBuilder(const merge::MoeConfig& config, const TokenIndex& tokens, at::ScalarType dtype, BuiltRouters& built)
      : config_(config), dtype_(dtype), built_(built), fit_(tokens, false), held_out_(tokens, true) {
    const std::set<std::int64_t> labels(held_out_.labels.begin(), held_out_.labels.end());
    all_held_out_ = labels.size() == config.experts.size();
    built_.report.num_fit_tokens = config.gate_mode == GateMode::kContrastive ? fit_.size() : 0;
    built_.report.num_held_out_sequences =
        static_cast<std::int64_t>(std::set(held_out_.sequences.begin(), held_out_.sequences.end()).size());
    if (config.gate_mode == GateMode::kContrastive && !all_held_out_) {
      base::log_warning("an expert has no held-out text: the routers' sharpness is left as the fit gives it");
    }
  }

  void add(const LayerFeatures& features) {
    const tensor::OneThread one_thread;
    const at::Tensor held_out_inputs = features.inputs.index_select(0, held_out_.rows);
    std::optional<double> sharpness;
    if (config_.gate_mode == GateMode::kContrastive) {
      at::Tensor router =
          fit_contrastive(features.inputs.index_select(0, fit_.rows), fit_.label_tensor(),
                          static_cast<std::int64_t>(config_.experts.size()), config_.shrinkage);  // [E, D]
      if (all_held_out_) {
        sharpness = fit_sharpness(router, held_out_inputs, held_out_.label_tensor());
        router = router * *sharpness;
      }
      built_.routers[features.layer] = router.to(dtype_).to(at::kFloat);
    }
    if (held_out_.size() == 0) return;
    LayerReport layer = measure_router(built_.routers[features.layer], held_out_inputs, held_out_.labels,
                                       held_out_.sequences, config_.experts_per_token);
    layer.layer = features.layer;
    layer.sharpness = sharpness;
    built_.report.layers.push_back(std::move(layer));
  }

 private:
  const merge::MoeConfig& config_;
  at::ScalarType dtype_;
  BuiltRouters& built_;
  TokenSide fit_;
  TokenSide held_out_;
  bool all_held_out_ = false;
};

}  // namespace

bool needs_model(const merge::MoeConfig& config) {
  const bool is_random = config.gate_mode == GateMode::kRandom || config.gate_mode == GateMode::kUniformRandom;
  return !is_random || config.has_calibration();
}

BuiltRouters build_routers(const merge::MoeConfig& config, const arch::ModelConfig& mixture, at::ScalarType dtype,
                           const model::Transformer* model, const tokenizer::Tokenizer* tokenizer,
                           const std::vector<LabelledSequence>& sequences, const BuildRoutersOptions& options) {
  BuiltRouters built;
  built.report.gate_mode = config.gate_mode_name;
  for (const merge::MoeExpert& expert : config.experts) built.report.experts.push_back(expert.name);
  built.report.num_active = config.experts_per_token;
  built.report.skip_tokens = config.skip_tokens;
  switch (config.gate_mode) {
    case GateMode::kHidden:
    case GateMode::kHiddenAverage:
    case GateMode::kCheapEmbed:
      built.routers = prompt_routers(*model, *tokenizer, config);
      break;
    case GateMode::kRandom:
      built.routers = merge::random_routers(mixture, merge::RandomRouter::kNormal, options.seed, options.compat_rng);
      break;
    case GateMode::kUniformRandom:
      built.routers = merge::random_routers(mixture, merge::RandomRouter::kUniform, options.seed, options.compat_rng);
      break;
    case GateMode::kContrastive:
      built.routers.resize(mixture.num_hidden_layers);
      break;
  }
  if (config.gate_mode != GateMode::kContrastive) {
    for (at::Tensor& router : built.routers) router = router.to(dtype).to(at::kFloat);
    built.report.degenerate_layers = degenerate_layers(built.routers);
  }
  if (!sequences.empty()) {
    const TokenIndex tokens(sequences, config.skip_tokens);
    LayerBuilder builder(config, tokens, dtype, built);
    for_each_layer_features(*model, sequences, tokens, options.max_feature_bytes,
                            [&](const LayerFeatures& features) { builder.add(features); });
  }
  return built;
}

}  // namespace quartet::routing
