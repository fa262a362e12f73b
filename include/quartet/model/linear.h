#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "quartet/checkpoint/adapter_file.h"

namespace quartet::model {

/// Which products a pass takes. On a CPU `kDecode` always takes the matrix-vector kernels, whose bits do not depend on
/// the number of rows; the other passes take whatever is fastest for the number of rows.
enum class PassKind { kForward, kPrefill, kDecode };

/// A linear layer: a weight in any float type, plus an optional LoRA branch. The only place that knows of either.
///
/// Shapes: x [N, in] -> [N, out].
/// Dtype:  on a CPU x and result are float32 whatever the weight is held in; on CUDA all have the weight's type.
class Linear {
 public:
  explicit Linear(at::Tensor weight) : weight_(std::move(weight)) {}

  at::Tensor forward(const at::Tensor& x, PassKind kind) const;
  /// Several layers on one input, in one parallel region where they are small.
  static std::vector<at::Tensor> forward_all(std::initializer_list<const Linear*> layers, const at::Tensor& x,
                                             PassKind kind);

  const at::Tensor& weight() const { return weight_; }  // [out, in]
  std::uint64_t bytes() const;

  /// Adds a live LoRA branch y += scaling * B (A x); A and B become float32, with `trainable` leaves that require
  /// gradients. Throws: StateError if there is a branch already.
  void attach(const checkpoint::LoraPair& pair, bool trainable);
  const std::optional<checkpoint::LoraPair>& adapter() const { return adapter_; }
  /// weight += scaling * B A, as a float32 sum rounded once to the weight's type; the branch is gone.
  void fold();
  /// No gradient for the weight any more. Where training computes in float32 and the weight is held in 16 bits it is
  /// widened, once for the whole training.
  void freeze_for_training();

 private:
  at::Tensor base_product(const at::Tensor& x, PassKind kind) const;
  at::Tensor with_branch(at::Tensor y, const at::Tensor& x, PassKind kind) const;

  at::Tensor weight_;                            // [out, in]
  std::optional<checkpoint::LoraPair> adapter_;  // A [R, in], B [out, R]
};

}  // namespace quartet::model
