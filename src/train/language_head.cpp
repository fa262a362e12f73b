#include "quartet/train/language_head.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::train {
namespace {

at::Tensor trained_zeros(at::IntArrayRef shape, const at::Device& device) {
  return at::zeros(shape, at::device(device).dtype(at::kFloat)).requires_grad_();
}

std::vector<const base::Language*> require_two(std::vector<const base::Language*> languages) {
  if (languages.size() < 2) {
    throw ConfigError(base::cat("language-head: the data has rows of ", languages.size(),
                                " language(s), expected at least 2 (name them by a `language` field or LANG=PATH)"));
  }
  return languages;
}

}  // namespace

std::vector<const base::Language*> language_classes(const std::vector<data::Sample>& samples) {
  std::set<const base::Language*> found;  // rows of one static table: ordered as the table
  std::int64_t unknown = 0;
  for (const data::Sample& sample : samples) {
    if (sample.language) found.insert(sample.language);
    unknown += sample.language == nullptr;
  }
  if (unknown > 0) {
    throw DataError(base::cat("language-head: ", unknown, " of ", samples.size(),
                              " rows have no language; give a `language` field or LANG=PATH"));
  }
  return require_two({found.begin(), found.end()});
}

LanguageHead::LanguageHead(std::vector<const base::Language*> languages, std::int64_t num_layers,
                           std::int64_t hidden_size, const at::Device& device, const AdamWOptions& options)
    : languages_(require_two(std::move(languages))),
      router_inputs_(num_layers),
      weight_(trained_zeros({num_layers, hidden_size, std::ssize(languages_)}, device)),
      bias_(trained_zeros({num_layers, 1, std::ssize(languages_)}, device)),
      parameters_{{"language_head.weight", weight_}, {"language_head.bias", bias_, /*decays=*/false}},
      gradients_(parameters_),
      optimizer_(parameters_, options) {}

std::function<void(std::int64_t, const at::Tensor&)> LanguageHead::tap() {
  return [this](std::int64_t layer, const at::Tensor& router_input) {
    router_inputs_.at(layer) = router_input.flatten(0, -2);  // [B * T, D]
  };
}

LanguageHead::Loss LanguageHead::loss(const data::Batch& batch, std::int64_t step_tokens) {
  std::vector<std::int64_t> classes;
  for (std::size_t row = 0; row < batch.lengths.size(); ++row) {
    const auto found = std::find(languages_.begin(), languages_.end(), batch.languages[row]);
    if (found == languages_.end()) throw StateError("[language head] a sample has a language that is no class");
    classes.insert(classes.end(), batch.lengths[row], found - languages_.begin());
  }
  const auto num_layers = std::ssize(router_inputs_);
  const at::Tensor inputs = at::stack(router_inputs_).index_select(1, batch.real).to(at::kFloat);  // [L, M, D]
  const at::Tensor logits = at::baddbmm(bias_, inputs, weight_);                                   // [L, M, E]
  const at::Tensor targets =
      at::tensor(classes, at::kLong).to(logits.device()).unsqueeze(0).expand({num_layers, -1});  // [L, M]
  const at::Tensor nats =
      at::cross_entropy_loss(logits.flatten(0, 1), targets.flatten(), {}, at::Reduction::Sum);  // []
  std::fill(router_inputs_.begin(), router_inputs_.end(), at::Tensor());
  const double correct = logits.detach().argmax(-1).eq(targets).sum().item<double>();
  return {nats / static_cast<double>(num_layers * step_tokens), correct / static_cast<double>(num_layers)};
}

void LanguageHead::step(double lr) {
  optimizer_.step(lr);
  gradients_.zero();
}

}  // namespace quartet::train
