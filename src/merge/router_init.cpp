#include "quartet/merge/router_init.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/base/rng.h"
#include "quartet/base/text.h"
#include "quartet/tensor/shape_check.h"

namespace quartet::merge {
namespace {

at::Tensor own_stream(at::IntArrayRef shape, RandomRouter kind, double bound, std::uint64_t seed) {
  base::Rng rng(seed, "random routers");
  at::Tensor values = at::empty(shape, at::kFloat);  // [L, E, D]
  auto* const out = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    out[i] = static_cast<float>(kind == RandomRouter::kNormal ? rng.normal() : bound * (2 * rng.uniform() - 1));
  }
  return values;
}

}  // namespace

RouterWeights random_routers(const arch::ModelConfig& mixture, RandomRouter kind, std::uint64_t seed, bool compat_rng) {
  const std::vector<std::int64_t> shape{mixture.num_hidden_layers, mixture.num_local_experts, mixture.hidden_size};
  const double bound = 1 / std::sqrt(static_cast<double>(mixture.hidden_size));
  at::Tensor all;  // [L, E, D]
  if (!compat_rng) {
    all = own_stream(shape, kind, bound, seed);
  } else {
    const at::Generator generator = at::detail::createCPUGenerator(seed);
    // The uniform numbers are shaped as mergekit shapes them: another order of the same operations rounds otherwise.
    all = kind == RandomRouter::kNormal ? at::randn(shape, generator, at::kFloat)
                                        : at::rand(shape, generator, at::kFloat) * (2 * bound) - bound;
  }
  RouterWeights routers;
  for (std::int64_t layer = 0; layer < shape[0]; ++layer) routers.push_back(all[layer].clone());
  return routers;
}

std::map<std::string, at::Tensor> router_tensors(const arch::ModelConfig& mixture, const RouterWeights& routers) {
  if (static_cast<std::int64_t>(routers.size()) != mixture.num_hidden_layers) {
    throw ShapeError(base::cat("got routers of ", routers.size(), " layers, expected ", mixture.num_hidden_layers));
  }
  std::map<std::string, at::Tensor> tensors;
  for (std::int64_t layer = 0; layer < mixture.num_hidden_layers; ++layer) {
    const at::Tensor& router = routers[layer];  // [E, D]
    tensor::check_shape("router", arch::router_name(layer), router, {mixture.num_local_experts, mixture.hidden_size});
    if (!at::isfinite(router).all().item<bool>()) {
      throw NumericError(base::cat("the router of layer ", layer, " has values that are not finite"));
    }
    tensors[arch::router_name(layer)] = router;
  }
  return tensors;
}

}  // namespace quartet::merge
