#pragma once

#include <optional>
#include <string>

#include "quartet/merge/blend_config.h"
#include "quartet/merge/input_model.h"
#include "quartet/merge/merge_plan.h"

namespace quartet::merge {

struct BlendPlanOptions {
  bool allow_crimes = false;                ///< models that differ in rope_theta or rms_norm_eps may be blended
  bool unsafe_truncate_embeddings = false;  ///< cut embedding and head to the smallest vocabulary
};

/// Opens the config's models (appended to `models`) and works out every output tensor. The base, else the first listed
/// model, gives config.json and the tokenizer: the result's config is its, with the number of layers, the dtype, the
/// vocabulary and the tied head as they come out.
/// Throws: ConfigError (missing parameter, layer range), CheckpointError (models that do not fit together).
MergePlan make_blend_plan(const BlendConfig& config, InputModels& models, const BlendPlanOptions& options = {});

/// The model that gives config and tokenizer files: the base, else the first listed.
const ModelReference& donor_of(const BlendConfig& config);

}  // namespace quartet::merge
