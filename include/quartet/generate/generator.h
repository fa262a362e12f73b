#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "quartet/generate/sampler.h"
#include "quartet/model/transformer.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::generate {

enum class StopReason { kEos, kStop, kLength };
/// "eos", "stop", "length".
std::string stop_reason_name(StopReason reason);

/// Which experts of a mixture answer: chosen per token by every layer's router, or one for the whole answer.
enum class Routing { kToken, kAnswer };

struct GeneratorOptions {
  std::int64_t max_new_tokens = 650;
  bool ignore_eos = false;
  std::vector<std::string> stop_texts;  ///< an answer ends where one of these appears; needs a tokenizer
  SamplingOptions sampling;
  std::int64_t batch_size = 0;  ///< sequences decoded together; 0 = as many as help and fit
  std::uint64_t seed = 0;
  Routing routing = Routing::kToken;
};

/// One answer to make. Its random stream depends on the seed, `index` and `sample` only, never on its neighbours.
struct Request {
  std::vector<std::int64_t> prompt_ids;  ///< not empty
  std::uint64_t index = 0;               ///< of the prompt
  std::int64_t sample = 0;
};

struct Answer {
  std::vector<std::int64_t> token_ids;  ///< EOS included
  std::vector<double> logprobs_nats;    ///< of each token, under the model itself
  StopReason stop_reason = StopReason::kLength;
};

/// One token's routing in one layer.
struct RoutingRow {
  std::size_t request;
  std::int64_t layer;
  std::int64_t position;  ///< 0-based in prompt + answer
  std::vector<std::int64_t> experts;
  std::vector<float> weights;
};

/// Called while the work goes on; empty ones cost nothing.
struct Callbacks {
  std::function<void(std::size_t request, std::int64_t token)> token;
  std::function<void(std::size_t request, const Answer&)> done;
  /// Logits of every prompt position, [T, V] float32, on CPU; called once a prompt (its first sample).
  std::function<void(std::size_t request, const at::Tensor& logits)> prompt_logits;
  std::function<void(const RoutingRow&)> routing;
};

/// What a run cost.
struct RunStatistics {
  std::uint64_t prompt_tokens = 0;
  double prompt_seconds = 0;
  std::uint64_t decoded_tokens = 0;  ///< tokens made by decode steps (an answer's first token comes from its prompt)
  std::uint64_t decode_steps = 0;
  double decode_seconds = 0;
};

/// Makes answers for many prompts: prompts are processed one by one into cache slots, then all live sequences advance
/// together; a slot whose answer ends takes the next prompt at once. In float32 on CPU an answer is the same, bit for
/// bit, whatever runs beside it.
class Generator {
 public:
  /// `tokenizer` may be null where no stop text is given. Both must outlive the generator.
  Generator(model::Transformer& model, const tokenizer::Tokenizer* tokenizer, GeneratorOptions options);

  /// Answers in the order of the requests. Throws: Stopped when a signal asked to stop; DataError for a prompt that
  /// leaves no room in the context.
  std::vector<Answer> run(const std::vector<Request>& requests, const Callbacks& callbacks);

  const RunStatistics& statistics() const { return statistics_; }

 private:
  struct Live;

  std::int64_t pick_batch_size(std::size_t num_requests, std::int64_t max_tokens) const;
  at::Tensor prefill(const Request& request, std::size_t index, model::KvCache& cache, std::int64_t slot,
                     const Callbacks& callbacks, std::int64_t& expert);
  at::Tensor prefill_chunks(const std::vector<std::int64_t>& ids, model::KvCache& cache, std::int64_t slot,
                            const model::Taps& taps, at::Tensor* all_logits);
  at::Tensor decode(std::vector<Live>& live, model::KvCache& cache, const Callbacks& callbacks);
  Choice choose(Live& live, const at::Tensor& logits) const;
  /// Adds a chosen token; true if the answer is complete.
  bool accept(Live& live, const at::Tensor& logits, const Callbacks& callbacks);

  model::Transformer& model_;
  const tokenizer::Tokenizer* tokenizer_;
  GeneratorOptions options_;
  RunStatistics statistics_;
};

}  // namespace quartet::generate
