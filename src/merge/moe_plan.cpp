#include "quartet/merge/moe_plan.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <set>

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

using arch::Projection;
using base::cat;

constexpr Projection kMlp[] = {Projection::kGate, Projection::kUp, Projection::kDown};

PlanEntry copy_entry(const InputModel& model, std::size_t index, const std::string& output, const std::string& input,
                     at::ScalarType dtype) {
  model.check_delta(input);
  return {output,
          model.reader().shape(input),
          dtype,
          model.adapts(input) ? PlanOp::kFold : PlanOp::kCopy,
          {{index, input, {}}}};
}

/// Equal as numbers once both are in `dtype`; compared piece by piece so that a difference ends it early.
bool equal_values(const at::Tensor& a, const at::Tensor& b, at::ScalarType dtype) {
  if (!a.sizes().equals(b.sizes())) return false;
  const std::int64_t step = std::max<std::int64_t>(1, (1 << 20) * a.size(0) / std::max<std::int64_t>(1, a.numel()));
  for (std::int64_t row = 0; row < a.size(0); row += step) {
    const std::int64_t n = std::min(step, a.size(0) - row);
    if (!at::equal(a.narrow(0, row, n).to(dtype), b.narrow(0, row, n).to(dtype))) return false;
  }
  return true;
}

class MoePlanner {
 public:
  MoePlanner(const MoeConfig& config, InputModels& models) : config_(config), models_(models) {}
  MergePlan plan();

 private:
  void open_models();
  void plan_tensors();
  void find_dropped(std::size_t expert);
  /// True if the expert's own version of a shared tensor differs from the base's.
  bool differs(const InputModel& expert, const std::string& name) const;

  const MoeConfig& config_;
  InputModels& models_;
  std::size_t base_ = 0;
  std::vector<std::size_t> experts_;
  MergePlan plan_;
};

void MoePlanner::open_models() {
  base_ = models_.add(config_.base_model);
  const InputModel& base = models_[base_];
  if (base.config().is_moe()) {
    throw CheckpointError(cat(base.text(), ": is a mixture already; base_model must be a dense Mistral model"));
  }
  for (const MoeExpert& expert : config_.experts) {
    experts_.push_back(models_.add(expert.model));
    check_same_architecture(base, models_[experts_.back()], true, true, true);
  }
}

void MoePlanner::plan_tensors() {
  const InputModel& base = models_[base_];
  for (const arch::TensorSpec& spec : arch::tensor_specs(plan_.config)) {
    if (spec.role == arch::TensorRole::kRouter) {
      plan_.entries.push_back({spec.name, spec.shape, plan_.dtype, PlanOp::kRouter, {}});
    } else if (spec.role == arch::TensorRole::kExpert) {
      const std::size_t index = experts_.at(spec.expert);
      const auto projection = std::find_if(std::begin(kMlp), std::end(kMlp), [&](Projection p) {
        return arch::expert_name(spec.layer, spec.expert, p) == spec.name;
      });
      plan_.entries.push_back(
          copy_entry(models_[index], index, spec.name, arch::projection_name(spec.layer, *projection), plan_.dtype));
    } else {
      plan_.entries.push_back(copy_entry(base, base_, spec.name, spec.name, plan_.dtype));
    }
  }
}

bool MoePlanner::differs(const InputModel& expert, const std::string& name) const {
  const InputModel& base = models_[base_];
  const auto stored_name = [&](const InputModel& model) {
    return name == arch::head_name() && !model.has(name) ? arch::embedding_name() : name;
  };
  const std::string of_expert = stored_name(expert);
  const std::string of_base = stored_name(base);
  const bool one_checkpoint = expert.reader().directory() == base.reader().directory();
  if (one_checkpoint && !expert.adapts(of_expert) && !base.adapts(of_base)) return false;
  if (expert.adapts(of_expert) != base.adapts(of_base)) return true;
  std::optional<FoldNorms> norms;
  return !equal_values(expert.tensor(of_expert, plan_.dtype, norms), base.tensor(of_base, plan_.dtype, norms),
                       plan_.dtype);
}

void MoePlanner::find_dropped(std::size_t expert) {
  for (const arch::TensorSpec& spec : arch::tensor_specs(models_[expert].config())) {
    base::throw_if_stopped("nothing was written: run the same command again");
    if (spec.role != arch::TensorRole::kMlp && differs(models_[expert], spec.name)) {
      plan_.dropped.push_back({expert, spec.name});
    }
  }
}

/// "model x: 8 tensors (q_proj.weight 4, …)" for every expert that loses something.
std::string dropped_text(const MergePlan& plan) {
  std::map<std::size_t, std::map<std::string, int>> kinds;
  for (const DroppedDelta& delta : plan.dropped) {
    const auto parts = base::split(delta.tensor, '.');
    const std::string kind = parts.size() < 2 ? delta.tensor : parts[parts.size() - 2];
    ++kinds[delta.model][kind];
  }
  std::vector<std::string> texts;
  for (const auto& [model, counts] : kinds) {
    std::vector<std::string> parts;
    for (const auto& [kind, count] : counts) parts.push_back(cat(kind, " x", count));
    texts.push_back(cat(plan.models[model], ": ", base::join(parts, ", ")));
  }
  return base::join(texts, "; ");
}

MergePlan MoePlanner::plan() {
  open_models();
  const InputModel& base = models_[base_];
  plan_.kind = "moe";
  plan_.method = config_.gate_mode_name;
  plan_.models = models_.texts();
  plan_.config = base.config();
  plan_.config.model_type = "mixtral";
  plan_.config.num_local_experts = static_cast<std::int64_t>(config_.experts.size());
  plan_.config.num_experts_per_tok = config_.experts_per_token;
  plan_.config.sliding_window.reset();
  plan_.dtype = config_.dtype ? tensor::parse_float_dtype(*config_.dtype, config_.source + ": dtype")
                              : base.reader().dtype(arch::embedding_name());
  plan_tensors();
  std::set<std::size_t> distinct(experts_.begin(), experts_.end());
  for (const std::size_t expert : distinct) {
    if (expert != base_) find_dropped(expert);
  }
  return std::move(plan_);
}

}  // namespace

MergePlan make_moe_plan(const MoeConfig& config, InputModels& models, const MoePlanOptions& options) {
  MergePlan plan = MoePlanner(config, models).plan();
  if (plan.dropped.empty()) return plan;
  const std::string text =
      cat("the classic layout keeps only the experts' MLPs; these changes would be lost: ", dropped_text(plan));
  if (!options.allow_dropped_deltas) {
    throw CheckpointError(text + " (train experts on the MLPs only, or give --allow-dropped-deltas)");
  }
  base::log_warning(text);
  return plan;
}

MergePlan make_fold_plan(const ModelReference& reference, const std::optional<std::string>& dtype,
                         InputModels& models) {
  const std::size_t index = models.add(reference);
  const InputModel& model = models[index];
  MergePlan plan;
  plan.kind = "fold";
  plan.models = models.texts();
  plan.config = model.config();
  plan.dtype = dtype ? tensor::parse_float_dtype(*dtype, "--dtype") : model.reader().dtype(arch::embedding_name());
  std::set<std::string> planned;
  for (const arch::TensorSpec& spec : arch::tensor_specs(plan.config)) {
    const at::ScalarType stored = model.reader().dtype(spec.name);
    plan.entries.push_back(copy_entry(model, index, spec.name, spec.name, dtype ? plan.dtype : stored));
    planned.insert(spec.name);
  }
  if (model.adapter()) {
    for (const auto& [name, pair] : model.adapter()->pairs) {
      if (planned.count(name) == 0) {
        throw CheckpointError(cat(reference.lora.string(), ": adapts ", name, ", which ", reference.model.string(),
                                  " does not have (a tied head cannot be folded apart from its embedding)"));
      }
    }
  }
  return plan;
}

}  // namespace quartet::merge
