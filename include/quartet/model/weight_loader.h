#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/model/linear.h"
#include "quartet/model/transformer.h"

namespace quartet::model {

/// The weights of a model by classic name. The blocks point into `linears`, whose elements never move.
struct Weights {
  at::Tensor embedding;                     // [V, D]
  std::map<std::string, Linear> linears;    ///< the head included, also where it is tied to the embedding
  std::map<std::string, at::Tensor> norms;  ///< [D], in the dtype of activations
};

/// The dtype of activations for weights held in `weight_dtype`: float32 on a CPU.
at::ScalarType compute_dtype(at::ScalarType weight_dtype, const at::Device& device);

/// Loads every tensor that the config asks for. On a CPU weights of the asked dtype stay where the file is mapped.
/// Throws: CheckpointError with one report of everything that is missing, superfluous or of the wrong shape.
Weights load_weights(const checkpoint::CheckpointReader& reader, const LoadOptions& options);

}  // namespace quartet::model
