#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "quartet/data/batch.h"
#include "quartet/data/batch_stream.h"
#include "quartet/model/transformer.h"
#include "quartet/train/adamw.h"
#include "quartet/train/language_head.h"
#include "quartet/train/parameters.h"
#include "quartet/train/success_check.h"
#include "quartet/train/train_config.h"

namespace quartet::train {

/// What one optimizer step did.
struct StepMetrics {
  std::int64_t step = 0;  ///< from 1
  std::int64_t epoch = 0;
  double loss = 0;  ///< mean nats a trained token, before the update
  double lr = 0;
  double grad_norm = 0;  ///< before clipping
  std::int64_t tokens = 0;
  std::int64_t trained_tokens = 0;
  double seconds = 0;
  std::optional<double> language_loss;      ///< mean nats a token and layer
  std::optional<double> language_accuracy;  ///< share of tokens and layers
};

struct TrainObservers {
  std::function<void(const StepMetrics&)> on_step;
  /// After `step` updates: mean nats a trained token of the held-out samples.
  std::function<void(std::int64_t step, double eval_loss)> on_eval;
};

/// The parameters that `method` trains: all weights, or the matrices of the live adapter.
std::vector<Parameter> trained_parameters(const model::Transformer& model, Method method);

/// Trains a loaded model in place.
class Trainer {
 public:
  /// `model` is loaded trainable, or has a trainable adapter; everything passed must outlive the trainer.
  Trainer(const model::Transformer& model, const TrainConfig& config, const std::vector<data::Sample>& samples,
          const std::vector<data::Sample>& held_out);

  /// All steps. Throws: NumericError if the run did not train (SuccessCheck); Stopped.
  void run(const TrainObservers& observers);
  /// Mean nats a trained token of `samples`.
  double mean_loss(const std::vector<data::Sample>& samples) const;

 private:
  StepMetrics step(std::int64_t index);
  /// Adds the gradients of one forward pass of the step.
  void accumulate(const data::Batch& batch, StepMetrics& metrics);

  const model::Transformer& model_;
  const TrainConfig& config_;
  const std::vector<data::Sample>& samples_;
  const std::vector<data::Sample>& held_out_;
  std::int64_t num_steps_;
  LrSchedule schedule_;
  data::BatchStream stream_;
  std::vector<Parameter> parameters_;
  GradientBuffer gradients_;
  AdamW optimizer_;
  std::unique_ptr<LanguageHead> language_head_;  // only with a weight
  SuccessCheck success_;
};

}  // namespace quartet::train
