#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "quartet/model/linear.h"
#include "quartet/model/mlp.h"
#include "quartet/model/pass.h"
#include "quartet/model/router.h"

namespace quartet::model {

/// Sparse mixture of experts: each token passes through its A chosen experts only; their results are added in float32
/// in ascending expert order, weighted by the router.
///
/// Shapes: x [N, D] -> [N, D].
/// Source: arXiv:2401.04088 sec. 2.
class MoeMlp {
 public:
  MoeMlp(std::int64_t layer, const Linear* router, std::vector<Mlp> experts, std::int64_t num_chosen)
      : layer_(layer), router_(router), experts_(std::move(experts)), num_chosen_(num_chosen) {}

  at::Tensor forward(const at::Tensor& x, const Pass& pass) const;

 private:
  struct Share;

  std::vector<Share> share_out(const at::Tensor& experts) const;
  static void add_share(const Mlp& expert, const Share& share, const at::Tensor& x, const at::Tensor& weights,
                        const at::Tensor& sum, PassKind kind);
  static void add_share_by_loops(const Mlp& expert, const Share& share, const at::Tensor& x, const at::Tensor& weights,
                                 const at::Tensor& sum, PassKind kind);
  at::Tensor mix(const at::Tensor& x, const Routing& routing, PassKind kind) const;

  std::int64_t layer_;
  const Linear* router_;  // [E, D]
  std::vector<Mlp> experts_;
  std::int64_t num_chosen_;  ///< A
};

}  // namespace quartet::model
