#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/merge/lora_fold.h"

namespace quartet::merge {

/// How an output tensor comes to be.
enum class PlanOp {
  kCopy,    ///< one source as it is (cast where the dtypes differ)
  kFold,    ///< one source with its adapter folded in
  kBlend,   ///< several sources through the plan's method
  kRouter,  ///< computed by the caller
};

struct PlanSource {
  std::size_t model;  ///< index into MergePlan::models
  std::string tensor;
  std::map<std::string, double> values;  ///< parameters of this model for this tensor
};

struct PlanEntry {
  std::string output;
  std::vector<std::int64_t> shape;
  at::ScalarType dtype;  ///< as written
  PlanOp op;
  std::vector<PlanSource> sources;
  at::ScalarType work_dtype = at::kFloat;  ///< kBlend: what inputs are rounded to
  std::optional<std::size_t> base;         ///< kBlend: index into sources
  std::map<std::string, double> values;    ///< kBlend: parameters of the tensor
};

/// A change of an expert that the layout cannot hold.
struct DroppedDelta {
  std::size_t model;
  std::string tensor;
};

/// Everything a merge will write, known before any weight is read.
struct MergePlan {
  std::string kind;    ///< "blend", "moe", "fold"
  std::string method;  ///< merge method or gate mode; empty for fold
  std::vector<std::string> models;
  arch::ModelConfig config;  ///< of the result
  at::ScalarType dtype;      ///< of the result, as config.json says it
  std::vector<PlanEntry> entries;
  std::vector<DroppedDelta> dropped;

  std::vector<checkpoint::PlannedTensor> planned_tensors() const;
  std::uint64_t output_bytes() const;
};

/// What execution found out about an output; keyed by its name.
using FoldReport = std::map<std::string, FoldNorms>;

/// merge_plan.json: every output with its sources, operation, dtype, shape and parameters; norms where they are known.
nlohmann::ordered_json plan_to_json(const MergePlan& plan, const FoldReport& folds = {});
/// The same for people: one line a tensor.
std::string plan_to_table(const MergePlan& plan);
/// One line a folded tensor: norms of weight and delta, what was added and its share.
std::string folds_to_table(const FoldReport& folds);

/// The widest of two float types; bfloat16 with float16 is float32.
at::ScalarType promote(at::ScalarType a, at::ScalarType b);

}  // namespace quartet::merge
