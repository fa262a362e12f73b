#include "quartet/train/loss.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace quartet::train {
namespace {

/// Logits held at a time: 2^25 floats = 128 MB.
constexpr std::int64_t kMaxLogits = std::int64_t{1} << 25;

at::Tensor pick(const at::Tensor& hidden, const at::Tensor& positions) {
  return hidden.flatten(0, 1).index_select(0, positions);  // [N, D]
}

/// Calls use(begin, length) for slices of N rows whose logits fit the bound.
template <class Use>
void for_each_chunk(const model::Transformer& model, std::int64_t num_rows, const Use& use) {
  const std::int64_t chunk = std::max<std::int64_t>(1, kMaxLogits / model.config().vocab_size);
  for (std::int64_t begin = 0; begin < num_rows; begin += chunk) use(begin, std::min(chunk, num_rows - begin));
}

at::Tensor sum_of_nats(const model::Transformer& model, const at::Tensor& rows, const at::Tensor& targets) {
  return at::cross_entropy_loss(model.logits(rows), targets, {}, at::Reduction::Sum);  // []
}

}  // namespace

LossSum answer_loss(const model::Transformer& model, const at::Tensor& hidden, const data::Batch& batch) {
  const at::NoGradGuard no_grad;
  const at::Tensor picked = pick(hidden, batch.positions);  // [N, D]
  LossSum loss{0, batch.num_trained()};
  for_each_chunk(model, loss.num_tokens, [&](std::int64_t begin, std::int64_t length) {
    loss.nats +=
        sum_of_nats(model, picked.narrow(0, begin, length), batch.targets.narrow(0, begin, length)).item<double>();
  });
  return loss;
}

LossSum answer_loss(const model::Transformer& model, const at::Tensor& hidden, const data::Batch& batch, double scale,
                    LossSeed& seed) {
  seed.picked = pick(hidden, batch.positions);
  seed.gradient = at::empty_like(seed.picked.detach());
  LossSum loss{0, batch.num_trained()};
  for_each_chunk(model, loss.num_tokens, [&](std::int64_t begin, std::int64_t length) {
    // Each chunk is a leaf of its own: its graph, logits included, is gone before the next one's is made.
    at::Tensor rows = seed.picked.detach().narrow(0, begin, length).requires_grad_();  // [n, D]
    const at::Tensor nats = sum_of_nats(model, rows, batch.targets.narrow(0, begin, length));
    nats.backward(at::full_like(nats, scale));
    seed.gradient.narrow(0, begin, length).copy_(rows.grad());
    loss.nats += nats.item<double>();
  });
  return loss;
}

}  // namespace quartet::train
