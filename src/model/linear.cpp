#include "quartet/model/linear.h"

#include "gradients.h"
#include "quartet/base/error.h"
#include "quartet/model/matmul.h"

namespace quartet::model {
namespace {

/// Up to this many rows the matrix-vector kernels beat a GEMM that packs its operands.
constexpr std::int64_t kGemvRows = 32;

bool takes_kernels(const at::Tensor& x, const at::Tensor& weight) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && !records_gradients(x, weight);
}

bool takes_gemv(const at::Tensor& x, PassKind kind) {
  return kind == PassKind::kDecode || x.size(0) <= kGemvRows;
}

/// x w^T through the fastest way for this pass.
at::Tensor product(const at::Tensor& x, const at::Tensor& weight, PassKind kind) {
  if (!takes_kernels(x, weight)) return at::linear(x, weight.to(x.scalar_type()));
  return takes_gemv(x, kind) ? gemv(x.contiguous(), weight) : gemm(x, weight);
}

}  // namespace

at::Tensor Linear::base_product(const at::Tensor& x, PassKind kind) const {
  return product(x, weight_, kind);
}

at::Tensor Linear::with_branch(at::Tensor y, const at::Tensor& x, PassKind kind) const {
  if (!adapter_) return y;
  const auto down = product(x.to(adapter_->a.scalar_type()), adapter_->a, kind);  // [N, R]
  if (takes_kernels(down, adapter_->b) && !records_gradients(y, y)) {
    return y.add_(product(down, adapter_->b, kind), adapter_->scaling);
  }
  if (y.scalar_type() == down.scalar_type()) {
    return at::addmm(y, down, adapter_->b.t(), /*beta=*/1, /*alpha=*/adapter_->scaling);
  }
  return y + (at::linear(down, adapter_->b) * adapter_->scaling).to(y.scalar_type());
}

at::Tensor Linear::forward(const at::Tensor& x, PassKind kind) const {
  return with_branch(base_product(x, kind), x, kind);
}

std::vector<at::Tensor> Linear::forward_all(std::initializer_list<const Linear*> layers, const at::Tensor& x,
                                            PassKind kind) {
  std::vector<at::Tensor> results;
  bool together = takes_gemv(x, kind);
  for (const Linear* layer : layers) together = together && takes_kernels(x, layer->weight_);
  if (together) {
    const auto input = x.contiguous();
    std::vector<GemvTask> tasks;
    for (const Linear* layer : layers) {
      tasks.push_back({input, layer->weight_, at::empty({x.size(0), layer->weight_.size(0)}, x.options())});
    }
    gemv_all(tasks);
    for (const GemvTask& task : tasks) results.push_back(task.y);
  } else {
    for (const Linear* layer : layers) results.push_back(layer->base_product(x, kind));
  }
  std::size_t i = 0;
  for (const Linear* layer : layers) {
    results[i] = layer->with_branch(results[i], x, kind);
    ++i;
  }
  return results;
}

std::uint64_t Linear::bytes() const {
  std::uint64_t total = weight_.nbytes();
  if (adapter_) total += adapter_->a.nbytes() + adapter_->b.nbytes();
  return total;
}

void Linear::attach(const checkpoint::LoraPair& pair, bool trainable) {
  if (adapter_) throw StateError("[linear] this weight has an adapter already; fold it before adding another");
  const auto leaf = [&](const at::Tensor& matrix) {
    return matrix.detach()
        .to(weight_.device(), at::kFloat, /*non_blocking=*/false, /*copy=*/true)
        .requires_grad_(trainable);
  };
  adapter_ = checkpoint::LoraPair{leaf(pair.a), leaf(pair.b), pair.scaling};
}

void Linear::fold() {
  if (!adapter_) return;
  const at::NoGradGuard no_grad;
  const bool trained = weight_.requires_grad();
  const auto delta = at::mm(adapter_->b, adapter_->a) * adapter_->scaling;  // [out, in]
  weight_ = (weight_.to(at::kFloat) + delta).to(weight_.scalar_type()).requires_grad_(trained);
  adapter_.reset();
}

void Linear::freeze_for_training() {
  weight_ = weight_.detach();
  if (weight_.is_cpu()) weight_ = weight_.to(at::kFloat);
}

}  // namespace quartet::model
