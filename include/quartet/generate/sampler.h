#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "quartet/base/rng.h"

namespace quartet::generate {

/// How the next token is chosen. Defaults: greedy, no filter.
struct SamplingOptions {
  double temperature = 0;  ///< 0 = greedy
  std::int64_t top_k = 0;  ///< 0 = off
  double top_p = 1;
  double min_p = 0;
  double repetition_penalty = 1;

  bool greedy() const { return temperature == 0; }
  /// Throws: ConfigError listing every value out of range.
  void check() const;
};

/// A chosen token and its log-probability under the model itself (before penalty, temperature and filters), in nats.
struct Choice {
  std::int64_t token;
  double logprob_nats;
};

/// Scores after the repetition penalty, temperature, top-k, top-p and min-p, in this order; dropped tokens are -inf.
///
/// Shapes: logits [V] float32 -> [V] float32. `seen`: ids of prompt and answer so far (each counts once).
/// Source: the logits processors of transformers; ties at the k-th score are all kept, the token that crosses top_p is
/// kept.
at::Tensor process_logits(const at::Tensor& logits, const std::vector<std::int64_t>& seen,
                          const SamplingOptions& options);

/// The next token: the first maximum where greedy, else one draw from the processed distribution.
/// Shapes: logits [V] float32, on CPU. Throws: NumericError if they hold NaN or +infinity.
Choice choose_token(const at::Tensor& logits, const std::vector<std::int64_t>& seen, const SamplingOptions& options,
                    base::Rng& rng);

/// log softmax(logits)[token] in nats. Shapes: logits [V] float32, on CPU.
/// Throws: NumericError if the logits hold NaN or +infinity.
double token_logprob(const at::Tensor& logits, std::int64_t token);

}  // namespace quartet::generate
