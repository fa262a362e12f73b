#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quartet/arch/model_config.h"

namespace quartet::merge {

/// The router of every layer: [E, D] float32, row e decides for expert e.
using RouterWeights = std::vector<at::Tensor>;

enum class RandomRouter {
  kNormal,   ///< N(0, 1)
  kUniform,  ///< U(-1/sqrt(D), 1/sqrt(D))
};

/// Random routers. With `compat_rng` the numbers are those of mergekit 0.1.5 started with `--random-seed seed`
/// (LibTorch's CPU generator, one draw of [L, E, D]); else of Quartet's own streams, the same on every machine.
RouterWeights random_routers(const arch::ModelConfig& mixture, RandomRouter kind, std::uint64_t seed, bool compat_rng);

/// Router weights by tensor name, as the executor wants them. Throws: ShapeError if a row is missing; NumericError for
/// NaN or infinity.
std::map<std::string, at::Tensor> router_tensors(const arch::ModelConfig& mixture, const RouterWeights& routers);

}  // namespace quartet::merge
