#include "quartet/train/adamw.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace quartet::train {

AdamW::AdamW(const std::vector<Parameter>& parameters, const AdamWOptions& options) : options_(options), groups_(2) {
  groups_[0].weight_decay = options.weight_decay;
  for (const Parameter& parameter : parameters) {
    Group& group = groups_[parameter.decays ? 0 : 1];
    group.values.push_back(parameter.value);
    group.first_moments.push_back(at::zeros_like(parameter.value));
    group.second_moments.push_back(at::zeros_like(parameter.value));
    group.steps.push_back(at::zeros({}, parameter.value.options().requires_grad(false)));
  }
}

void AdamW::step(double lr) {
  const at::NoGradGuard no_grad;
  for (Group& group : groups_) {
    if (group.values.empty()) continue;
    std::vector<at::Tensor> gradients;
    for (std::size_t i = 0; i < group.values.size(); ++i) {
      gradients.push_back(group.values[i].grad());
      group.steps[i].add_(1);  // the fused kernel expects the count of this update, 1-based
    }
    at::_fused_adamw_(group.values, gradients, group.first_moments, group.second_moments, {}, group.steps, lr,
                      options_.beta1, options_.beta2, group.weight_decay, options_.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
}

}  // namespace quartet::train
