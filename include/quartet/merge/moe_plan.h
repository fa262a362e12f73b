#pragma once

#include <optional>
#include <string>

#include "quartet/merge/input_model.h"
#include "quartet/merge/merge_plan.h"
#include "quartet/merge/moe_config.h"

namespace quartet::merge {

struct MoePlanOptions {
  bool allow_dropped_deltas = false;
};

/// The classic Mixtral layout: every expert's MLP, the rest from the base, one router a layer. Opens the config's
/// models (base first, then experts in order). The result's config is the base's, as Mixtral, without sliding window.
/// Reads the weights that experts and base must share; what differs is listed in `dropped`.
/// Throws: CheckpointError (models of other shapes; deltas that would be lost, unless allowed), ConfigError.
MergePlan make_moe_plan(const MoeConfig& config, InputModels& models, const MoePlanOptions& options = {});

/// `base+adapter` -> dense: every tensor of the base, adapted ones folded. Opens the model.
MergePlan make_fold_plan(const ModelReference& reference, const std::optional<std::string>& dtype, InputModels& models);

}  // namespace quartet::merge
