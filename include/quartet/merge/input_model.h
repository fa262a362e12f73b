#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quartet/checkpoint/adapter_file.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/merge/lora_fold.h"
#include "quartet/merge/model_reference.h"

namespace quartet::merge {

/// An opened input of a merge: a checkpoint whose tensors are read when asked for, with an adapter folded in on the
/// way.
class InputModel {
 public:
  /// Opens headers and the adapter; checks both against the model's config. Throws: CheckpointError.
  explicit InputModel(ModelReference reference);

  const ModelReference& reference() const { return reference_; }
  const std::string& text() const { return reference_.text; }
  const checkpoint::CheckpointReader& reader() const { return *reader_; }
  const arch::ModelConfig& config() const { return reader_->config(); }
  const std::optional<checkpoint::AdapterFile>& adapter() const { return adapter_; }
  bool adapts(const std::string& name) const;
  /// What can be said of the adapter's part in a tensor without folding it. Throws: CheckpointError for matrices that
  /// are zero or not finite.
  void check_delta(const std::string& name) const;
  /// Throws: CheckpointError naming file, tensor and element if the tensor, or what the adapter adds to it, is not
  /// finite.
  void check_finite(const std::string& name) const;
  bool has(const std::string& name) const { return reader_->has(name); }
  /// As stored, or with the adapter folded in and rounded once to `fold_dtype`; `norms` is then filled. Throws:
  /// CheckpointError for a fold that changes nothing.
  at::Tensor tensor(const std::string& name, at::ScalarType fold_dtype, std::optional<FoldNorms>& norms) const;

 private:
  ModelReference reference_;
  std::shared_ptr<const checkpoint::CheckpointReader> reader_;
  std::optional<checkpoint::AdapterFile> adapter_;
};

/// The inputs of a merge, each opened once, in the order of first mention.
class InputModels {
 public:
  /// The index of a reference; opened on first mention. Throws: CheckpointError.
  std::size_t add(const ModelReference& reference);
  const InputModel& operator[](std::size_t index) const { return *models_[index]; }
  std::size_t size() const { return models_.size(); }
  std::vector<std::string> texts() const;
  /// Weight files, configs and adapters of all inputs, for the manifest.
  std::vector<std::filesystem::path> files() const;

 private:
  std::vector<std::unique_ptr<InputModel>> models_;
};

/// What two models must share to be merged tensor by tensor. Throws: CheckpointError naming the field and both values.
/// `strict` also compares what is no shape (rope_theta, rms_norm_eps); sliding windows and context lengths that differ
/// are only warned of.
void check_same_architecture(const InputModel& reference, const InputModel& other, bool same_vocabulary,
                             bool same_num_layers, bool strict);

}  // namespace quartet::merge
