#include "quartet/merge/blend_plan.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/merge/merge_methods.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

using arch::TensorSpec;
using base::cat;

/// The tensors of every layer of a model; the j-th tensor of one layer goes with the j-th of another.
using LayerTensors = std::vector<std::vector<TensorSpec>>;

LayerTensors layer_tensors(const arch::ModelConfig& config) {
  LayerTensors layers(config.num_hidden_layers);
  for (TensorSpec& spec : arch::tensor_specs(config)) {
    if (spec.layer >= 0) layers.at(spec.layer).push_back(std::move(spec));
  }
  return layers;
}

class BlendPlanner {
 public:
  BlendPlanner(const BlendConfig& config, InputModels& models, const BlendPlanOptions& options)
      : config_(config), method_(require_method(config.method, config.source)), models_(models), options_(options) {}

  MergePlan plan();

 private:
  void open_models();
  std::vector<std::pair<std::int64_t, std::int64_t>> layer_ranges(const Slice& slice) const;
  void plan_layers(const Slice& slice, std::int64_t first_output_layer, std::int64_t num_layers);
  void plan_head(const Slice& slice);
  /// `inputs`: the tensor's name in each source of the slice.
  void add_entry(const Slice& slice, const std::string& output, std::vector<std::int64_t> shape,
                 const std::vector<std::string>& inputs, double t);
  void evaluate(const Slice& slice, const SliceSource* source, bool is_base, const std::string& name,
                const std::string& model, double t, std::map<std::string, double>& values) const;
  /// Refuses weights that cancel where the method divides by their sum.
  void check_weight_sum(const PlanEntry& entry) const;
  std::size_t index_of(const SliceSource& source) const { return indices_.at(&source); }
  std::vector<std::string> same_name(const Slice& slice, const std::string& name) const {
    return std::vector<std::string>(slice.sources.size(), name);
  }

  const BlendConfig& config_;
  const MethodSpec& method_;
  InputModels& models_;
  BlendPlanOptions options_;
  std::map<const SliceSource*, std::size_t> indices_;
  std::map<std::size_t, LayerTensors> tables_;
  std::int64_t vocab_size_ = 0;
  std::optional<at::ScalarType> work_dtype_;
  std::optional<at::ScalarType> out_dtype_;
  MergePlan plan_;
};

void BlendPlanner::open_models() {
  const std::size_t donor = models_.add(donor_of(config_));
  plan_.config = models_[donor].config();
  vocab_size_ = plan_.config.vocab_size;
  for (const Slice& slice : config_.slices) {
    for (const SliceSource& source : slice.sources) {
      const std::size_t index = models_.add(source.model);
      indices_[&source] = index;
      check_same_architecture(models_[donor], models_[index], !options_.unsafe_truncate_embeddings, false,
                              !options_.allow_crimes);
      vocab_size_ = std::min(vocab_size_, models_[index].config().vocab_size);
      tables_.try_emplace(index, layer_tensors(models_[index].config()));
    }
  }
  plan_.config.vocab_size = vocab_size_;
}

std::vector<std::pair<std::int64_t, std::int64_t>> BlendPlanner::layer_ranges(const Slice& slice) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  for (const SliceSource& source : slice.sources) {
    const InputModel& model = models_[index_of(source)];
    const std::int64_t num_layers = model.config().num_hidden_layers;
    const auto range = source.layer_range.value_or(std::pair<std::int64_t, std::int64_t>{0, num_layers});
    if (range.second > num_layers) {
      throw ConfigError(cat(config_.source, ": layer_range [", range.first, ", ", range.second, ") of ", model.text(),
                            " goes past its ", num_layers, " layers"));
    }
    if (!ranges.empty() && range.second - range.first != ranges.front().second - ranges.front().first) {
      const std::string message = cat("all inputs to a slice must contain the same number of layers: ", model.text(),
                                      " gives ", range.second - range.first, ", ", slice.sources.front().model.text,
                                      " gives ", ranges.front().second - ranges.front().first);
      if (source.layer_range) throw ConfigError(cat(config_.source, ": ", message));
      throw CheckpointError(message);
    }
    ranges.push_back(range);
  }
  return ranges;
}

void BlendPlanner::evaluate(const Slice& slice, const SliceSource* source, bool is_base, const std::string& name,
                            const std::string& model, double t, std::map<std::string, double>& values) const {
  for (const ParameterSpec& spec : method_.parameters) {
    if (spec.per_model != (source != nullptr)) continue;
    auto value = find_parameter(config_, slice, source, spec.name, name, t);
    if (!value) value = spec.fallback;
    if (!value) {
      if (is_base && method_.needs_base) continue;
      throw ConfigError(cat(config_.source, ": missing required parameter ", spec.name, " for ", model, ".", name));
    }
    if (spec.boolean && *value != 0 && *value != 1) {
      throw ConfigError(
          cat(config_.source, ": parameter ", spec.name, " is ", *value, " for ", name, ", expected true or false"));
    }
    values[spec.name] = *value;
  }
}

void BlendPlanner::check_weight_sum(const PlanEntry& entry) const {
  if (!method_.divides_by_weight_sum || entry.values.at("normalize") == 0) return;
  float sum = 0;
  float sum_of_magnitudes = 0;
  std::vector<std::string> weights;
  for (const PlanSource& source : entry.sources) {
    const double weight = source.values.at("weight");
    sum += static_cast<float>(weight);
    sum_of_magnitudes += std::abs(static_cast<float>(weight));
    weights.push_back(cat(weight));
  }
  // 0.1 + 0.2 - 0.3 is not 0 in float32, and as good as it.
  if (std::isfinite(sum) && std::abs(sum) > 1e-6F * sum_of_magnitudes) return;
  throw ConfigError(cat(config_.source, ": parameters.weight: the weights of ", entry.output, " (",
                        base::join(weights, ", "), ") sum to ", sum,
                        ", and normalize divides by the sum; change them or set normalize: false"));
}

void BlendPlanner::add_entry(const Slice& slice, const std::string& output, std::vector<std::int64_t> shape,
                             const std::vector<std::string>& inputs, double t) {
  PlanEntry entry{output, std::move(shape), at::kFloat, PlanOp::kBlend, {}};
  const auto& base = slice.base_model ? slice.base_model : config_.base_model;
  std::optional<at::ScalarType> widest;
  for (std::size_t i = 0; i < slice.sources.size(); ++i) {
    const SliceSource& source = slice.sources[i];
    const InputModel& model = models_[index_of(source)];
    const bool is_base = base && source.model.same_as(*base);
    if (is_base && method_.needs_base) entry.base = i;
    const at::ScalarType dtype = model.reader().dtype(inputs[i]);
    widest = widest ? promote(*widest, dtype) : dtype;
    model.check_delta(inputs[i]);
    entry.sources.push_back({index_of(source), inputs[i], {}});
    evaluate(slice, &source, is_base, inputs[i], model.text(), t, entry.sources.back().values);
  }
  evaluate(slice, nullptr, false, output, "all models", t, entry.values);
  check_weight_sum(entry);
  entry.work_dtype = work_dtype_.value_or(*widest);
  entry.dtype = out_dtype_.value_or(entry.work_dtype);
  plan_.dtype = plan_.entries.empty() ? entry.dtype : promote(plan_.dtype, entry.dtype);
  plan_.entries.push_back(std::move(entry));
}

void BlendPlanner::plan_layers(const Slice& slice, std::int64_t first_output_layer, std::int64_t num_layers) {
  const auto ranges = layer_ranges(slice);
  const LayerTensors outputs = layer_tensors(plan_.config);
  for (std::int64_t i = 0; i < num_layers; ++i) {
    const double t = num_layers == 1 ? 1.0 : static_cast<double>(i) / static_cast<double>(num_layers - 1);
    const auto& specs = outputs.at(first_output_layer + i);
    for (std::size_t j = 0; j < specs.size(); ++j) {
      std::vector<std::string> inputs;
      for (std::size_t s = 0; s < slice.sources.size(); ++s) {
        inputs.push_back(tables_.at(index_of(slice.sources[s])).at(ranges[s].first + i).at(j).name);
      }
      add_entry(slice, specs[j].name, specs[j].shape, inputs, t);
    }
  }
}

/// The head is written if any input has one on disk; inputs without one give their embedding.
void BlendPlanner::plan_head(const Slice& slice) {
  std::vector<std::string> inputs;
  bool any = false;
  for (const SliceSource& source : slice.sources) {
    const bool has_head = models_[index_of(source)].has(arch::head_name());
    any = any || has_head;
    inputs.push_back(has_head ? arch::head_name() : arch::embedding_name());
  }
  plan_.config.tie_word_embeddings = !any;
  if (any) add_entry(slice, arch::head_name(), {vocab_size_, plan_.config.hidden_size}, inputs, 0);
}

MergePlan BlendPlanner::plan() {
  plan_.kind = "blend";
  plan_.method = config_.method;
  if (config_.dtype) work_dtype_ = tensor::parse_float_dtype(*config_.dtype, config_.source + ": dtype");
  if (config_.out_dtype) out_dtype_ = tensor::parse_float_dtype(*config_.out_dtype, config_.source + ": out_dtype");
  open_models();
  std::vector<std::int64_t> num_layers;
  for (const Slice& slice : config_.slices) {
    const auto range = layer_ranges(slice).front();
    num_layers.push_back(range.second - range.first);
  }
  plan_.config.num_hidden_layers = 0;
  for (const std::int64_t n : num_layers) plan_.config.num_hidden_layers += n;

  const Slice& first = config_.slices.front();
  const Slice& last = config_.slices.back();
  add_entry(first, arch::embedding_name(), {vocab_size_, plan_.config.hidden_size},
            same_name(first, arch::embedding_name()), 0);
  std::int64_t output_layer = 0;
  for (std::size_t i = 0; i < config_.slices.size(); ++i) {
    plan_layers(config_.slices[i], output_layer, num_layers[i]);
    output_layer += num_layers[i];
  }
  add_entry(last, arch::final_norm_name(), {plan_.config.hidden_size}, same_name(last, arch::final_norm_name()), 0);
  plan_head(last);
  plan_.models = models_.texts();
  return std::move(plan_);
}

}  // namespace

const ModelReference& donor_of(const BlendConfig& config) {
  return config.base_model ? *config.base_model : config.slices.front().sources.front().model;
}

MergePlan make_blend_plan(const BlendConfig& config, InputModels& models, const BlendPlanOptions& options) {
  return BlendPlanner(config, models, options).plan();
}

}  // namespace quartet::merge
