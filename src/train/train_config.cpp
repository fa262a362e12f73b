#include "quartet/train/train_config.h"

#include <cmath>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::train {
namespace {

constexpr double kDefaultLoraLr = 2e-4;
constexpr double kDefaultFullLr = 1e-3;
constexpr double kMaxEpochs = 1e6;

/// Collects "name: got x, expected y".
class Checks {
 public:
  template <class T>
  void require(bool holds, const char* name, const T& got, std::string_view expected) {
    if (!holds) problems_.push_back(base::cat(name, ": got ", got, ", expected ", expected));
  }
  /// Beyond a million or a billion it is a slip, and sums of it would overflow.
  void count(const char* name, std::optional<std::int64_t> value) {
    if (value) require(*value >= 1 && *value <= 1'000'000, name, *value, "1 to 1000000");
  }
  void large_count(const char* name, std::optional<std::int64_t> value) {
    if (value) require(*value >= 1 && *value <= 1'000'000'000, name, *value, "1 to 1000000000");
  }
  void fraction(const char* name, double value) { require(value >= 0 && value <= 1, name, value, "0 to 1"); }
  void not_negative(const char* name, double value) {
    require(value >= 0 && std::isfinite(value), name, value, "a number of at least 0");
  }
  std::vector<std::string> take() { return std::move(problems_); }

 private:
  std::vector<std::string> problems_;
};

}  // namespace

Method parse_method(std::string_view name) {
  if (name == "lora") return Method::kLora;
  if (name == "full") return Method::kFull;
  if (name == "qlora" || name == "router") {
    throw ConfigError(base::cat("method: ", name, " is not built yet, expected lora or full"));
  }
  throw ConfigError(base::cat("method: got '", name, "', expected lora or full"));
}

std::vector<std::string> TrainConfig::problems() const {
  Checks checks;
  checks.count("batch-size", batches.batch_size);
  checks.large_count("batch-tokens", batches.batch_tokens);
  checks.count("micro-batch", micro_batches.size);
  if (max_steps) {
    checks.require(*max_steps >= 1 && *max_steps <= kMaxSteps, "max-steps", *max_steps, base::cat("1 to ", kMaxSteps));
  }
  checks.require(epochs > 0 && epochs <= kMaxEpochs, "epochs", epochs, "a number above 0, at most 1000000");
  if (lr) checks.require(*lr > 0 && std::isfinite(*lr), "lr", *lr, "a number above 0");
  checks.fraction("final-lr-ratio", final_lr_ratio);
  checks.fraction("stable-fraction", stable_fraction);
  checks.fraction("warmup-ratio", warmup_ratio);
  if (warmup_steps) checks.require(*warmup_steps >= 0, "warmup-steps", *warmup_steps, "at least 0");
  checks.not_negative("weight-decay", adamw.weight_decay);
  checks.require(adamw.beta1 >= 0 && adamw.beta1 < 1, "adam-beta1", adamw.beta1, "0 to below 1");
  checks.require(adamw.beta2 >= 0 && adamw.beta2 < 1, "adam-beta2", adamw.beta2, "0 to below 1");
  checks.require(adamw.eps > 0 && std::isfinite(adamw.eps), "adam-eps", adamw.eps, "a number above 0");
  checks.not_negative("max-grad-norm", max_grad_norm);
  checks.require(eval_every >= 0, "eval-every", eval_every, "at least 0");
  checks.not_negative("language-head", language_head_weight);
  return checks.take();
}

LrSchedule TrainConfig::lr_schedule(std::int64_t total_steps) const {
  LrSchedule result;
  result.shape = schedule;
  result.peak_lr = lr.value_or(method == Method::kFull ? kDefaultFullLr : kDefaultLoraLr);
  result.total_steps = total_steps;
  const double ratio_steps = std::ceil(warmup_ratio * static_cast<double>(total_steps));
  result.warmup_steps = warmup_steps.value_or(static_cast<std::int64_t>(ratio_steps));
  result.final_ratio = final_lr_ratio;
  result.stable_fraction = stable_fraction;
  return result;
}

}  // namespace quartet::train
