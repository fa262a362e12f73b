#pragma once

#include <cstdint>
#include <vector>

#include "quartet/model/transformer.h"

namespace quartet::generate {

/// Log-probabilities, in nats, of each completion token after a prompt and the tokens before it (teacher forcing).
///
/// Throws: DataError if prompt and completion do not fit the model's context, or either is empty.
std::vector<double> score_completion(const model::Transformer& model, const std::vector<std::int64_t>& prompt_ids,
                                     const std::vector<std::int64_t>& completion_ids);

}  // namespace quartet::generate
