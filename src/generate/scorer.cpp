#include "quartet/generate/scorer.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "quartet/base/error.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/generate/sampler.h"

namespace quartet::generate {
namespace {

constexpr std::int64_t kChunk = 512;  // tokens per pass and rows of the head at once

}  // namespace

std::vector<double> score_completion(const model::Transformer& model, const std::vector<std::int64_t>& prompt_ids,
                                     const std::vector<std::int64_t>& completion_ids) {
  if (prompt_ids.empty()) throw DataError("a prompt without any token (with --no-bos an empty prompt has none)");
  std::vector<std::int64_t> ids(prompt_ids);
  ids.insert(ids.end(), completion_ids.begin(), completion_ids.end());
  const auto total = static_cast<std::int64_t>(ids.size());
  const std::int64_t context = model.config().max_position_embeddings;
  if (total > context) {
    throw DataError(
        base::cat("prompt and completion have ", total, " tokens, more than the model's context of ", context));
  }
  const auto first = static_cast<std::int64_t>(prompt_ids.size()) - 1;  // its logits predict the first completion token
  model::KvCache cache(model.config(), 1, total, model.cache_dtype(), model.device());
  std::vector<double> logprobs;
  for (std::int64_t begin = 0; begin + 1 < total; begin += kChunk) {
    base::throw_if_stopped("no scores were written: run the same command again");
    const std::int64_t end = std::min(total - 1, begin + kChunk);
    const auto chunk = at::tensor(at::ArrayRef<std::int64_t>(ids.data() + begin, end - begin), at::kLong);  // [T]
    const auto hidden = model.prefill(chunk.to(model.device()), cache, 0);                                  // [T, D]
    if (end <= first) continue;
    const std::int64_t from = std::max(begin, first);
    const auto logits = model.logits(hidden.slice(0, from - begin)).to(at::kCPU);  // [N, V]
    for (std::int64_t row = 0; row < logits.size(0); ++row) {
      logprobs.push_back(token_logprob(logits[row], ids[from + row + 1]));
    }
  }
  return logprobs;
}

}  // namespace quartet::generate
