#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "quartet/model/transformer.h"
#include "quartet/routing/calibration.h"

namespace quartet::routing {

/// Router inputs of one layer for the kept tokens of all sequences, in their order.
struct LayerFeatures {
  std::int64_t layer;
  at::Tensor inputs;  // [N, D] float32 on the CPU
};

/// Which tokens of the sequences are used: all but BOS and the next `skip_tokens`, at least the last one of each.
struct TokenIndex {
  TokenIndex(const std::vector<LabelledSequence>& sequences, std::int64_t skip_tokens);

  std::vector<std::int64_t> first_token;     ///< per sequence
  std::vector<std::int64_t> first_row;       ///< per sequence, of its kept tokens among all
  std::vector<std::int64_t> token_label;     ///< [N]
  std::vector<std::int64_t> token_sequence;  ///< [N]
  std::vector<char> token_held_out;          ///< [N]
  std::int64_t num_tokens() const { return static_cast<std::int64_t>(token_label.size()); }
};

/// Runs each sequence by itself through the model and hands over every layer's router inputs (what its MLP sees),
/// layer by layer. At most `max_bytes` of them are held at once (at least one layer's): the pass is repeated for the
/// layers that remain. Bytes on the CPU do not depend on the thread count. Throws: Stopped.
void for_each_layer_features(const model::Transformer& model, const std::vector<LabelledSequence>& sequences,
                             const TokenIndex& tokens, std::uint64_t max_bytes,
                             const std::function<void(const LayerFeatures&)>& use);

/// The residual stream entering every layer, per text: [L, D] float32 on the CPU, at its last token, or the mean over
/// all its tokens, BOS included. Bytes on the CPU do not depend on the thread count.
std::vector<at::Tensor> layer_input_states(const model::Transformer& model,
                                           const std::vector<tokenizer::TokenIds>& texts, bool mean_over_tokens);

}  // namespace quartet::routing
