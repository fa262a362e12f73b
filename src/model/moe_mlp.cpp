#include "quartet/model/moe_mlp.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace quartet::model {

/// The tokens of one expert, ascending, and where each one's weight lies (token * A + rank).
struct MoeMlp::Share {
  std::vector<std::int64_t> tokens;
  std::vector<std::int64_t> weight_places;
};

std::vector<MoeMlp::Share> MoeMlp::share_out(const at::Tensor& experts) const {
  const auto chosen = experts.to(at::kCPU).contiguous();  // [N, A]
  const std::int64_t num_chosen = chosen.size(1);
  const auto* expert = chosen.const_data_ptr<std::int64_t>();
  std::vector<Share> shares(experts_.size());
  for (std::int64_t i = 0; i < chosen.numel(); ++i) {
    Share& share = shares[static_cast<std::size_t>(expert[i])];
    share.tokens.push_back(i / num_chosen);
    share.weight_places.push_back(i);
  }
  return shares;
}

// LibTorch's index_add sorts its indices in a dozen parallel regions, which costs more than a small expert does:
// without gradients plain loops move the rows.

void MoeMlp::add_share_by_loops(const Mlp& expert, const Share& share, const at::Tensor& x, const at::Tensor& weights,
                                const at::Tensor& sum, PassKind kind) {
  const std::int64_t d = x.size(1);
  const auto num_rows = static_cast<std::int64_t>(share.tokens.size());
  const auto gathered = at::empty({num_rows, d}, x.options());  // [n, D]
  for (std::int64_t i = 0; i < num_rows; ++i) {
    std::copy_n(x.const_data_ptr<float>() + share.tokens[static_cast<std::size_t>(i)] * d, d,
                gathered.mutable_data_ptr<float>() + i * d);
  }
  const auto result = expert.forward(gathered, kind);  // [n, D]
  for (std::int64_t i = 0; i < num_rows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float weight = weights.const_data_ptr<float>()[share.weight_places[at]];
    const float* row = result.const_data_ptr<float>() + i * d;
    float* out = sum.mutable_data_ptr<float>() + share.tokens[at] * d;
    for (std::int64_t j = 0; j < d; ++j) out[j] += weight * row[j];
  }
}

void MoeMlp::add_share(const Mlp& expert, const Share& share, const at::Tensor& x, const at::Tensor& weights,
                       const at::Tensor& sum, PassKind kind) {
  const auto longs = at::TensorOptions().dtype(at::kLong);
  const auto tokens = at::tensor(share.tokens, longs).to(x.device());         // [n]
  const auto places = at::tensor(share.weight_places, longs).to(x.device());  // [n]
  const auto result = expert.forward(x.index_select(0, tokens), kind);        // [n, D]
  sum.index_add_(0, tokens, result.to(at::kFloat) * weights.index_select(0, places));
}

at::Tensor MoeMlp::mix(const at::Tensor& x, const Routing& routing, PassKind kind) const {
  const bool by_loops = x.is_cpu() && x.scalar_type() == at::kFloat && !at::GradMode::is_enabled();
  const auto weights = routing.weights.reshape({-1, 1}).contiguous();    // [N * A, 1]
  const auto sum = at::zeros(x.sizes(), x.options().dtype(at::kFloat));  // [N, D]
  const std::vector<Share> shares = share_out(routing.experts);
  for (std::size_t e = 0; e < shares.size(); ++e) {
    if (shares[e].tokens.empty()) continue;
    (by_loops ? add_share_by_loops : add_share)(experts_[e], shares[e], x, weights, sum, kind);
  }
  return sum.to(x.scalar_type());
}

at::Tensor MoeMlp::forward(const at::Tensor& x, const Pass& pass) const {
  const auto logits = router_->forward(x, pass.kind);  // [N, E]
  const Routing routing = pass.forced_expert ? route_to(*pass.forced_expert, logits) : route(logits, num_chosen_);
  if (pass.taps.routing) {
    pass.taps.routing({layer_, routing.experts, routing.weights.detach(), logits.detach().to(at::kFloat)});
  }
  return mix(x.contiguous(), routing, pass.kind);
}

}  // namespace quartet::model
