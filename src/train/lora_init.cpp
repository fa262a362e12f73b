#include "quartet/train/lora_init.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::train {
namespace {

/// "model.layers.0.self_attn.q_proj.weight" -> "q_proj".
std::string module_suffix(const std::string& weight_name) {
  const std::string_view module = arch::module_of(weight_name);
  return std::string(module.substr(module.rfind('.') + 1));
}

bool is_linear(arch::TensorRole role) {
  return role != arch::TensorRole::kEmbedding && role != arch::TensorRole::kNorm;
}

/// The adapted weights, in model order. Throws: ConfigError.
std::vector<arch::TensorSpec> select_targets(const arch::ModelConfig& model, const std::vector<std::string>& names) {
  std::vector<arch::TensorSpec> targets;
  std::set<std::string> known;
  for (const arch::TensorSpec& spec : arch::tensor_specs(model)) {
    if (!is_linear(spec.role)) continue;
    const std::string suffix = module_suffix(spec.name);
    known.insert(suffix);
    const bool named = std::find(names.begin(), names.end(), suffix) != names.end();
    if (names.empty() ? spec.role != arch::TensorRole::kHead : named) targets.push_back(spec);
  }
  const std::vector<std::string> choices(known.begin(), known.end());
  std::vector<std::string> problems;
  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    problems.push_back(base::cat("target-modules: the base has no linear layer '", name, "'",
                                 base::did_you_mean(name, choices), ", expected all-linear or some of ",
                                 base::join(choices, ",")));
  }
  if (!problems.empty()) throw ConfigError(problems);
  return targets;
}

/// torch.nn.init.kaiming_uniform_ with a = sqrt(5), step by step, so that the bound is the same double.
at::Tensor kaiming_uniform(std::int64_t rows, std::int64_t fan_in, const at::Generator& generator) {
  const double gain = std::sqrt(2.0 / (1 + std::pow(std::sqrt(5.0), 2)));
  const double bound = std::sqrt(3.0) * (gain / std::sqrt(static_cast<double>(fan_in)));
  return at::empty({rows, fan_in}, at::kFloat).uniform_(-bound, bound, generator);  // [rows, fan_in]
}

}  // namespace

std::vector<std::string> LoraOptions::problems() const {
  std::vector<std::string> problems;
  if (rank < 1 || rank > checkpoint::kMaxLoraRank) {
    problems.push_back(base::cat("rank: got ", rank, ", expected 1 to ", checkpoint::kMaxLoraRank));
  }
  if (alpha && !(*alpha > 0 && std::isfinite(*alpha))) {
    problems.push_back(base::cat("alpha: got ", *alpha, ", expected a number above 0"));
  }
  if (!(dropout >= 0 && dropout < 1))
    problems.push_back(base::cat("dropout: got ", dropout, ", expected 0 to below 1"));
  return problems;
}

checkpoint::AdapterFile init_adapter(const arch::ModelConfig& model, const LoraOptions& options,
                                     const std::string& base_model, std::uint64_t seed) {
  checkpoint::AdapterFile adapter;
  adapter.settings.rank = options.rank;
  adapter.settings.alpha = options.alpha.value_or(2.0 * static_cast<double>(options.rank));
  adapter.settings.dropout = options.dropout;
  adapter.settings.use_rslora = options.use_rslora;
  adapter.settings.base_model = base_model;
  const auto rank = static_cast<double>(options.rank);
  const double scaling = adapter.settings.alpha / (options.use_rslora ? std::sqrt(rank) : rank);
  const at::Generator generator = at::detail::createCPUGenerator(seed);
  std::set<std::string> suffixes;
  for (const arch::TensorSpec& spec : select_targets(model, options.target_modules)) {
    const std::int64_t out = spec.shape[0], in = spec.shape[1];
    // PEFT builds two linear layers, which draw their weights, and then draws A anew.
    kaiming_uniform(options.rank, in, generator);
    kaiming_uniform(out, options.rank, generator);
    adapter.pairs[spec.name] = {kaiming_uniform(options.rank, in, generator),
                                at::zeros({out, options.rank}, at::kFloat), scaling};
    suffixes.insert(module_suffix(spec.name));
  }
  adapter.settings.target_modules.assign(suffixes.begin(), suffixes.end());
  return adapter;
}

}  // namespace quartet::train
