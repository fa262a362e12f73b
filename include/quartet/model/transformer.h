#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/checkpoint/adapter_file.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/model/kv_cache.h"

namespace quartet::model {

struct LoadOptions {
  /// How weights and cache are held; products are in that type where the device computes it at speed, else in float32
  /// (a CPU without bfloat16 products keeps bfloat16 weights and computes in float32). Absent: the checkpoint's.
  std::optional<at::ScalarType> dtype;
  at::Device device = at::kCPU;
  /// Weights become float32 copies that require gradients.
  bool trainable = false;
};

/// What a layer's router decided, for traces and reports.
struct RoutingEvent {
  std::int64_t layer;
  at::Tensor experts;  // [N, A] int64, best first
  at::Tensor weights;  // [N, A] float32, sum 1
  at::Tensor logits;   // [N, E] float32
};

/// Observers of a forward pass; empty functions cost nothing.
struct Taps {
  /// What every layer's MLP or router sees: RMSNorm(h + attention(h)) * weight. [N, D] or [B, T, D], as the pass runs.
  std::function<void(std::int64_t layer, const at::Tensor& router_input)> router_input;
  /// The residual stream entering each layer (the embedding output for layer 0).
  std::function<void(std::int64_t layer, const at::Tensor& hidden)> layer_input;
  std::function<void(const RoutingEvent&)> routing;
};

/// A Mistral or Mixtral decoder with its weights.
///
/// Three passes share one set of blocks: `forward` (whole padded batches, with gradients where asked), `prefill` (one
/// sequence into a cache slot) and `decode` (one token for many slots). No sequence's result depends on its neighbours.
class Transformer {
 public:
  /// Strict: every tensor present, of the right shape. Throws: CheckpointError.
  static std::unique_ptr<Transformer> load(const checkpoint::CheckpointReader& reader, const LoadOptions& options);
  ~Transformer();

  const arch::ModelConfig& config() const;
  at::Device device() const;
  /// The dtype of activations.
  at::ScalarType compute_dtype() const;
  /// The dtype in which the cache is held.
  at::ScalarType cache_dtype() const;

  /// Shapes: ids [B, T] int64, rows padded on the right with any id -> hidden [B, T, D] after the final norm. Positions
  /// start at 0 in every row; causal (and window) masks are always applied, so padding on the right influences nothing.
  at::Tensor forward(const at::Tensor& ids, const Taps& taps = {}) const;
  /// Appends `ids` [T] to a slot. -> hidden [T, D]. Long prompts are processed in chunks by the caller if memory asks.
  at::Tensor prefill(const at::Tensor& ids, KvCache& cache, std::int64_t slot, const Taps& taps = {}) const;
  /// One token for each of B slots: ids [B] -> hidden [B, D]. Bit-equal for any B on CPU in float32.
  at::Tensor decode(const at::Tensor& ids, KvCache& cache, const std::vector<std::int64_t>& slots,
                    const Taps& taps = {}) const;
  /// hidden [..., D] -> logits [..., V] in float32.
  at::Tensor logits(const at::Tensor& hidden) const;

  /// Adds a LoRA adapter as live side branches (several may be added to different weights). Throws: CheckpointError if
  /// a pair fits no weight. With `trainable`, A and B become float32 leaves that require gradients and everything else
  /// is frozen.
  void attach_adapter(const checkpoint::AdapterFile& adapter, bool trainable);
  /// Adds every attached adapter into its weight (float32 sum, one rounding) and removes the branches.
  void fold_adapters();

  /// All weights by classic name; with `trainable` loading they require gradients. Sorted by name.
  std::map<std::string, at::Tensor> weights() const;
  /// Live adapter matrices: weight name -> (A, B, scaling). Sorted by name.
  std::map<std::string, checkpoint::LoraPair> adapters() const;
  /// Bytes of weights that one decoded token touches (chosen experts only), for the bandwidth line.
  std::uint64_t weight_bytes_per_token() const;

  /// MoE only: every token goes to this expert with weight 1 (absent: as routed).
  void force_expert(std::optional<std::int64_t> expert);

 private:
  struct Impl;
  explicit Transformer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace quartet::model
