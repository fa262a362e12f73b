#include "quartet/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>

#include "quartet/arch/tensor_spec.h"
#include "quartet/base/error.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/train/loss.h"
#include "quartet/train/train_plan.h"

namespace quartet::train {
namespace {

std::unique_ptr<LanguageHead> make_language_head(const model::Transformer& model, const TrainConfig& config,
                                                 const std::vector<data::Sample>& samples) {
  if (config.language_head_weight == 0) return nullptr;
  return std::make_unique<LanguageHead>(language_classes(samples), model.config().num_hidden_layers,
                                        model.config().hidden_size, model.device(), config.adamw);
}

std::vector<std::string> watched_names(const std::vector<Parameter>& parameters, Method method) {
  std::vector<std::string> names;
  if (method == Method::kFull) return names;
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::vector<data::Indices> one_epoch_of_passes(const std::vector<data::Sample>& samples, const TrainConfig& config) {
  data::Indices all(samples.size());
  std::iota(all.begin(), all.end(), 0);
  return data::split_step(samples, all, config.micro_batches);
}

}  // namespace

std::vector<Parameter> trained_parameters(const model::Transformer& model, Method method) {
  std::vector<Parameter> parameters;
  if (method == Method::kLora) {
    for (const auto& [name, pair] : model.adapters()) {
      parameters.push_back({name + " (lora_A)", pair.a});
      parameters.push_back({name + " (lora_B)", pair.b});
    }
    return parameters;
  }
  std::set<std::string> norms;
  for (const arch::TensorSpec& spec : arch::tensor_specs(model.config())) {
    if (spec.role == arch::TensorRole::kNorm) norms.insert(spec.name);
  }
  for (const auto& [name, weight] : model.weights()) parameters.push_back({name, weight, !norms.contains(name)});
  return parameters;
}

Trainer::Trainer(const model::Transformer& model, const TrainConfig& config, const std::vector<data::Sample>& samples,
                 const std::vector<data::Sample>& held_out)
    : model_(model),
      config_(config),
      samples_(samples),
      held_out_(held_out),
      num_steps_(plan_training(samples, config).num_steps),
      schedule_(config.lr_schedule(num_steps_)),
      stream_(samples, config.batches),
      parameters_(trained_parameters(model, config.method)),
      gradients_(parameters_),
      optimizer_(parameters_, config.adamw),
      language_head_(make_language_head(model, config, samples)),
      success_(watched_names(parameters_, config.method)) {}

void Trainer::run(const TrainObservers& observers) {
  const auto evaluate = [&](std::int64_t done) {
    if (!held_out_.empty()) observers.on_eval(done, mean_loss(held_out_));
  };
  evaluate(0);
  for (std::int64_t index = 0; index < num_steps_; ++index) {
    observers.on_step(step(index));
    const std::int64_t done = index + 1;
    if (done == num_steps_ || (config_.eval_every > 0 && done % config_.eval_every == 0)) evaluate(done);
  }
  success_.require_success();
}

StepMetrics Trainer::step(std::int64_t index) {
  const auto begin = std::chrono::steady_clock::now();
  StepMetrics metrics;
  metrics.step = index + 1;
  metrics.lr = learning_rate(schedule_, index);

  // 1. the rows of this step, and the counts that its means are taken over
  const data::Indices& rows = stream_.next();
  metrics.epoch = stream_.epoch();
  for (const std::int64_t row : rows) {
    metrics.tokens += samples_[row].num_tokens();
    metrics.trained_tokens += samples_[row].num_trained();
  }

  // 2. gradients of the mean over the whole step, one forward pass after the other
  gradients_.zero();
  for (const data::Indices& pass : data::split_step(samples_, rows, config_.micro_batches)) {
    base::throw_if_stopped(base::cat("step ", metrics.step, " of ", num_steps_,
                                     " was not done and this run is not complete, ",
                                     "nor can it be continued yet: the same command will start it again")
                               .c_str());
    accumulate(data::collate(samples_, pass, model_.device()), metrics);
  }

  // 3. the update
  metrics.grad_norm = gradients_.norm();
  success_.observe(metrics.loss, metrics.grad_norm, gradients_);
  if (config_.max_grad_norm > 0) gradients_.clip(metrics.grad_norm, config_.max_grad_norm);
  optimizer_.step(metrics.lr);
  if (language_head_) language_head_->step(metrics.lr);

  metrics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return metrics;
}

void Trainer::accumulate(const data::Batch& batch, StepMetrics& metrics) {
  const auto trained = static_cast<double>(metrics.trained_tokens);
  model::Taps taps;
  if (language_head_) taps.router_input = language_head_->tap();
  const at::Tensor hidden = model_.forward(batch.ids, taps);  // [B, T, D]
  LossSeed seed;
  metrics.loss += answer_loss(model_, hidden, batch, 1 / trained, seed).nats / trained;
  std::vector<at::Tensor> roots, root_gradients;
  if (seed.picked.requires_grad()) {  // not where only the head is trained: its gradients are there already
    roots.push_back(seed.picked);
    root_gradients.push_back(seed.gradient);
  }
  if (language_head_) {
    const LanguageHead::Loss language = language_head_->loss(batch, metrics.tokens);
    metrics.language_loss = metrics.language_loss.value_or(0) + language.mean_nats.item<double>();
    metrics.language_accuracy =
        metrics.language_accuracy.value_or(0) + language.num_correct / static_cast<double>(metrics.tokens);
    roots.push_back(language.mean_nats);
    root_gradients.push_back(at::full_like(language.mean_nats, config_.language_head_weight));
  }
  if (!roots.empty()) torch::autograd::backward(roots, root_gradients);
}

double Trainer::mean_loss(const std::vector<data::Sample>& samples) const {
  const at::NoGradGuard no_grad;
  LossSum total;
  for (const data::Indices& pass : one_epoch_of_passes(samples, config_)) {
    base::throw_if_stopped(
        "the held-out loss was not done and this run is not complete: the same command will start it again");
    const data::Batch batch = data::collate(samples, pass, model_.device());
    const LossSum loss = answer_loss(model_, model_.forward(batch.ids), batch);
    total.nats += loss.nats;
    total.num_tokens += loss.num_tokens;
  }
  return total.nats / static_cast<double>(total.num_tokens);
}

}  // namespace quartet::train
