#include "quartet/routing/prompt_features.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "side_by_side.h"

namespace quartet::routing {
namespace {

at::Tensor ids_tensor(const tokenizer::TokenIds& ids, const at::Device& device) {
  return at::tensor(at::ArrayRef<std::int64_t>(ids), at::kLong).view({1, -1}).to(device);  // [1, T]
}

at::Tensor to_rows(const at::Tensor& states) {
  return states.detach().reshape({-1, states.size(-1)}).to(at::kCPU, at::kFloat);  // [T, D]
}

/// On the CPU several texts at a time, one thread each: a pass on several threads adds in another order.
void for_each_text(const model::Transformer& model, std::size_t num_texts,
                   const std::function<void(std::int64_t)>& work, const std::function<void(std::int64_t)>& done) {
  const std::int64_t num_workers = model.device().is_cpu() ? at::get_num_threads() : 1;
  side_by_side(static_cast<std::int64_t>(num_texts), num_workers, work, [&](std::int64_t num_done) {
    done(num_done);
    base::throw_if_stopped("nothing was written: run the same command again");
  });
}

}  // namespace

TokenIndex::TokenIndex(const std::vector<LabelledSequence>& sequences, std::int64_t skip_tokens) {
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto length = static_cast<std::int64_t>(sequences[i].ids.size());
    first_token.push_back(std::min(1 + skip_tokens, length - 1));
    first_row.push_back(num_tokens());
    for (std::int64_t t = first_token.back(); t < length; ++t) {
      token_label.push_back(sequences[i].label);
      token_sequence.push_back(static_cast<std::int64_t>(i));
      token_held_out.push_back(sequences[i].held_out ? 1 : 0);
    }
  }
}

void for_each_layer_features(const model::Transformer& model, const std::vector<LabelledSequence>& sequences,
                             const TokenIndex& tokens, std::uint64_t max_bytes,
                             const std::function<void(const LayerFeatures&)>& use) {
  const std::int64_t num_layers = model.config().num_hidden_layers;
  const std::int64_t width = model.config().hidden_size;
  const auto layer_bytes =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, tokens.num_tokens() * width)) * sizeof(float);
  const std::int64_t group =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(max_bytes / layer_bytes), 1, num_layers);
  const auto num_passes = static_cast<std::uint64_t>((num_layers + group - 1) / group);
  base::Progress progress("router inputs", num_passes * sequences.size(), "texts");
  for (std::int64_t first = 0; first < num_layers; first += group) {
    const std::int64_t last = std::min(first + group, num_layers);
    std::vector<at::Tensor> inputs;  // per layer [N, D]
    for (std::int64_t layer = first; layer < last; ++layer)
      inputs.push_back(at::empty({tokens.num_tokens(), width}, at::kFloat));
    const auto run_sequence = [&](std::int64_t i) {
      const std::int64_t skipped = tokens.first_token[i];
      const std::int64_t kept = static_cast<std::int64_t>(sequences[i].ids.size()) - skipped;
      model::Taps taps;
      taps.router_input = [&](std::int64_t layer, const at::Tensor& x) {
        if (layer < first || layer >= last) return;
        inputs[layer - first].narrow(0, tokens.first_row[i], kept).copy_(to_rows(x).narrow(0, skipped, kept));
      };
      model.forward(ids_tensor(sequences[i].ids, model.device()), taps);
    };
    const std::uint64_t done_before = static_cast<std::uint64_t>(first / group) * sequences.size();
    for_each_text(model, sequences.size(), run_sequence,
                  [&](std::int64_t num_done) { progress.update(done_before + static_cast<std::uint64_t>(num_done)); });
    for (std::int64_t layer = first; layer < last; ++layer) {
      use({layer, inputs[layer - first]});
      inputs[layer - first].reset();
    }
  }
  progress.finish();
}

std::vector<at::Tensor> layer_input_states(const model::Transformer& model,
                                           const std::vector<tokenizer::TokenIds>& texts, bool mean_over_tokens) {
  std::vector<at::Tensor> all(texts.size());
  const auto run_text = [&](std::int64_t i) {
    at::Tensor states =
        at::empty({model.config().num_hidden_layers, model.config().hidden_size}, at::kFloat);  // [L, D]
    model::Taps taps;
    taps.layer_input = [&](std::int64_t layer, const at::Tensor& hidden) {
      const at::Tensor rows = to_rows(hidden);  // [T, D]
      states[layer].copy_(mean_over_tokens ? rows.mean(0) : rows[-1]);
    };
    model.forward(ids_tensor(texts[i], model.device()), taps);
    all[i] = states;
  };
  for_each_text(model, texts.size(), run_text, [](std::int64_t) {});
  return all;
}

}  // namespace quartet::routing
