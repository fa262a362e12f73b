#pragma once

#include <cstdint>

#include "quartet/arch/model_config.h"
#include "quartet/merge/moe_config.h"
#include "quartet/merge/router_init.h"
#include "quartet/model/transformer.h"
#include "quartet/routing/calibration.h"
#include "quartet/routing/router_report.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::routing {

struct BuildRoutersOptions {
  std::uint64_t seed = 0;
  bool compat_rng = false;
  std::uint64_t max_feature_bytes = 2'000'000'000;  ///< router inputs held at once
};

struct BuiltRouters {
  merge::RouterWeights routers;  ///< float32, already rounded to the dtype in which they are written
  RouterReport report;
};

/// True if the config cannot be carried out without the base's weights and tokenizer.
bool needs_model(const merge::MoeConfig& config);

/// Routers in the config's gate mode, and the report of them on held-out calibration texts (or prompts, contrastive
/// without calibration), which `load_calibration` has read. `model` and `tokenizer` may be null where `needs_model` is
/// false. Contrastive rows are fitted on the router inputs of the dense base and sharpened on held-out tokens. Throws:
/// DataError (calibration), NumericError, Stopped.
BuiltRouters build_routers(const merge::MoeConfig& config, const arch::ModelConfig& mixture, at::ScalarType dtype,
                           const model::Transformer* model, const tokenizer::Tokenizer* tokenizer,
                           const std::vector<LabelledSequence>& sequences, const BuildRoutersOptions& options);

}  // namespace quartet::routing
