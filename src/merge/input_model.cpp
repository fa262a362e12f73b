#include "quartet/merge/input_model.h"

#include <ATen/ATen.h>

#include "finite_check.h"
#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

using base::cat;

template <class T>
void require_equal(const InputModel& a, const InputModel& b, const char* field, const T& of_a, const T& of_b) {
  if (of_a == of_b) return;
  throw CheckpointError(cat(b.text(), ": config.json: ", field, " is ", of_b, ", but ", of_a, " in ", a.text(),
                            "; models must be of one shape to be merged"));
}

[[noreturn]] void fail_zero_delta(const InputModel& model, const std::string& name) {
  throw CheckpointError(cat(model.reference().lora.string(), ": the delta of ", name, " adds nothing to ",
                            model.reference().model.string(), ": it is zero; was the adapter trained?"));
}

}  // namespace

InputModel::InputModel(ModelReference reference)
    : reference_(std::move(reference)), reader_(checkpoint::CheckpointReader::open(reference_.model)) {
  checkpoint::check_against_specs(*reader_);
  if (!reference_.lora.empty()) {
    adapter_ = checkpoint::AdapterFile::read(reference_.lora);
    adapter_->check_fits(*reader_, reference_.lora.string());
  }
}

bool InputModel::adapts(const std::string& name) const {
  return adapter_ && adapter_->pairs.count(name) > 0;
}

at::Tensor InputModel::tensor(const std::string& name, at::ScalarType fold_dtype,
                              std::optional<FoldNorms>& norms) const {
  at::Tensor stored = reader_->tensor(name);
  if (!adapts(name)) return stored;
  norms.emplace();
  at::Tensor folded = fold_lora(stored, adapter_->pairs.at(name), fold_dtype, *norms);
  if (norms->added == 0 && norms->delta == 0) fail_zero_delta(*this, name);
  if (norms->added == 0) {
    throw CheckpointError(cat(reference_.lora.string(), ": the delta of ", name, " adds nothing to ",
                              reference_.model.string(), ": its norm ", norms->delta, " is lost in rounding to ",
                              tensor::dtype_name(fold_dtype), "; merge into float32"));
  }
  return folded;
}

void InputModel::check_delta(const std::string& name) const {
  if (!adapts(name)) return;
  const checkpoint::LoraPair& pair = adapter_->pairs.at(name);
  const std::pair<const char*, const at::Tensor&> matrices[] = {{"lora_A", pair.a}, {"lora_B", pair.b}};
  for (const auto& [matrix, values] : matrices) {
    if (const auto bad = find_not_finite(values)) {
      throw CheckpointError(cat((reference_.lora / "adapter_model.safetensors").string(), ": ", matrix, " of ", name,
                                ": ", *bad, ", expected finite numbers (did the training diverge?)"));
    }
    if (values.count_nonzero().item<std::int64_t>() == 0) fail_zero_delta(*this, name);
  }
}

void InputModel::check_finite(const std::string& name) const {
  if (const auto bad = find_not_finite(reader_->tensor(name))) {
    throw CheckpointError(cat(reader_->file_of(name).string(), ": tensor ", name, ": ", *bad,
                              ", expected finite numbers (a damaged file, or a training that diverged?)"));
  }
  check_delta(name);
}

std::size_t InputModels::add(const ModelReference& reference) {
  for (std::size_t i = 0; i < models_.size(); ++i) {
    if (models_[i]->reference().same_as(reference)) return i;
  }
  models_.push_back(std::make_unique<InputModel>(reference));
  return models_.size() - 1;
}

std::vector<std::string> InputModels::texts() const {
  std::vector<std::string> texts;
  for (const auto& model : models_) texts.push_back(model->text());
  return texts;
}

std::vector<std::filesystem::path> InputModels::files() const {
  std::vector<std::filesystem::path> files;
  for (const auto& model : models_) {
    const auto weights = model->reader().weight_files();
    files.insert(files.end(), weights.begin(), weights.end());
    if (model->adapter()) {
      files.push_back(model->reference().lora / "adapter_config.json");
      files.push_back(model->reference().lora / "adapter_model.safetensors");
    }
  }
  return files;
}

void check_same_architecture(const InputModel& reference, const InputModel& other, bool same_vocabulary,
                             bool same_num_layers, bool strict) {
  const arch::ModelConfig& a = reference.config();
  const arch::ModelConfig& b = other.config();
  require_equal(reference, other, "model_type", a.model_type, b.model_type);
  require_equal(reference, other, "hidden_size", a.hidden_size, b.hidden_size);
  require_equal(reference, other, "intermediate_size", a.intermediate_size, b.intermediate_size);
  require_equal(reference, other, "num_attention_heads", a.num_attention_heads, b.num_attention_heads);
  require_equal(reference, other, "num_key_value_heads", a.num_key_value_heads, b.num_key_value_heads);
  require_equal(reference, other, "head_dim", a.head_dim, b.head_dim);
  require_equal(reference, other, "num_local_experts", a.num_local_experts, b.num_local_experts);
  if (same_vocabulary) require_equal(reference, other, "vocab_size", a.vocab_size, b.vocab_size);
  if (same_num_layers) require_equal(reference, other, "num_hidden_layers", a.num_hidden_layers, b.num_hidden_layers);
  if (strict) {
    require_equal(reference, other, "rope_theta", a.rope_theta, b.rope_theta);
    require_equal(reference, other, "rms_norm_eps", a.rms_norm_eps, b.rms_norm_eps);
  }
  if (a.sliding_window != b.sliding_window) {
    base::log_warning(cat(other.text(), ": sliding_window differs from ", reference.text(), "'s; the latter is kept"));
  }
  if (a.max_position_embeddings != b.max_position_embeddings) {
    base::log_warning(
        cat(other.text(), ": max_position_embeddings differs from ", reference.text(), "'s; the latter is kept"));
  }
}

}  // namespace quartet::merge
