#include "quartet/generate/generator.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

#include "quartet/base/error.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"

namespace quartet::generate {
namespace {

// Activations of a prompt stay bounded: longer prompts go through in pieces.
constexpr std::int64_t kPrefillChunk = 1024;
// Rows of the head computed at once where every position's logits are wanted.
constexpr std::int64_t kLogitRows = 256;
// Beyond this many sequences a decode step of a CPU or small GPU is compute-bound and gains nothing.
constexpr std::int64_t kMaxAutoBatch = 32;
constexpr double kAutoCacheBytes = 2e9;
constexpr const char* kStopped = "no answers were written: run the same command again";

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

at::Tensor to_ids(const std::vector<std::int64_t>& ids, std::size_t begin, std::size_t end) {
  return at::tensor(at::ArrayRef<std::int64_t>(ids.data() + begin, end - begin), at::kLong);  // [T]
}

/// Earliest place where any of the texts stands, or npos.
std::size_t find_stop(const std::string& text, const std::vector<std::string>& stop_texts, std::size_t from) {
  std::size_t found = std::string::npos;
  for (const auto& stop : stop_texts) found = std::min(found, text.find(stop, from));
  return found;
}

/// Sums, over the layers above the first, the log of the router's softmax at the last token of a prompt.
class ExpertVote {
 public:
  explicit ExpertVote(std::int64_t num_layers) : first_layer_(num_layers > 1 ? 1 : 0) {}

  void add(const model::RoutingEvent& event) {
    // A prompt in pieces adds several times per layer: only the last piece's last token counts.
    votes_[event.layer] = event.logits.select(0, -1).to(at::kCPU).to(at::kDouble).log_softmax(0);  // [E]
  }
  std::int64_t winner() const {
    at::Tensor total;  // [E]
    for (const auto& [layer, vote] : votes_) {
      if (layer >= first_layer_) total = total.defined() ? total + vote : vote;
    }
    if (!total.defined()) throw StateError("[generate.ExpertVote] no router was seen");
    return total.argmax(0).item<std::int64_t>();
  }

 private:
  std::int64_t first_layer_;
  std::map<std::int64_t, at::Tensor> votes_;
};

void emit_routing(const model::RoutingEvent& event, const std::function<void(const RoutingRow&)>& sink,
                  const std::function<std::pair<std::size_t, std::int64_t>(std::int64_t row)>& place) {
  const auto experts = event.experts.to(at::kCPU).contiguous();                 // [N, A]
  const auto weights = event.weights.to(at::kCPU).to(at::kFloat).contiguous();  // [N, A]
  const std::int64_t active = experts.size(1);
  for (std::int64_t row = 0; row < experts.size(0); ++row) {
    const auto* e = experts.const_data_ptr<std::int64_t>() + row * active;
    const auto* w = weights.const_data_ptr<float>() + row * active;
    const auto [request, position] = place(row);
    sink({request, event.layer, position, {e, e + active}, {w, w + active}});
  }
}

}  // namespace

std::string stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kEos:
      return "eos";
    case StopReason::kStop:
      return "stop";
    case StopReason::kLength:
      return "length";
  }
  throw StateError("[generate.stop_reason_name] unknown reason");
}

/// A sequence that is being answered in a cache slot.
struct Generator::Live {
  std::size_t request_index;
  const Request* request;
  std::int64_t slot;
  std::int64_t expert;  ///< forced for the whole answer, or -1
  std::int64_t max_new_tokens;
  base::Rng rng;
  Answer answer;
  std::vector<std::int64_t> seen;  ///< prompt and answer
  std::unique_ptr<tokenizer::StreamDecoder> decoder;
  std::string text;
};

Generator::Generator(model::Transformer& model, const tokenizer::Tokenizer* tokenizer, GeneratorOptions options)
    : model_(model), tokenizer_(tokenizer), options_(std::move(options)) {
  options_.sampling.check();
  if (!options_.stop_texts.empty() && tokenizer_ == nullptr) {
    throw ConfigError("--stop needs a tokenizer, but the model directory has no tokenizer.model");
  }
}

std::int64_t Generator::pick_batch_size(std::size_t num_requests, std::int64_t max_tokens) const {
  const auto wanted = static_cast<std::int64_t>(num_requests);
  if (options_.batch_size > 0) return std::min(options_.batch_size, wanted);
  const auto& config = model_.config();
  const double slot_bytes = 2.0 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim *
                            std::min(max_tokens, config.sliding_window.value_or(max_tokens)) *
                            at::elementSize(model_.cache_dtype());
  const auto fitting = static_cast<std::int64_t>(kAutoCacheBytes / slot_bytes);
  return std::clamp<std::int64_t>(std::min(fitting, kMaxAutoBatch), 1, wanted);
}

std::vector<Answer> Generator::run(const std::vector<Request>& requests, const Callbacks& callbacks) {
  if (requests.empty()) return {};
  const std::int64_t context = model_.config().max_position_embeddings;
  std::int64_t max_tokens = 0;
  for (const auto& request : requests) {
    const auto length = static_cast<std::int64_t>(request.prompt_ids.size());
    if (length == 0) throw DataError("a prompt without any token (with --no-bos an empty prompt has none)");
    if (length >= context) {
      throw DataError(base::cat("a prompt of ", length, " tokens leaves no room in the model's context of ", context,
                                " tokens: shorten it"));
    }
    max_tokens = std::max(max_tokens, length + std::min(context - length, options_.max_new_tokens));
  }

  const std::int64_t num_slots = pick_batch_size(requests.size(), max_tokens);
  model::KvCache cache(model_.config(), num_slots, max_tokens, model_.cache_dtype(), model_.device());
  std::vector<Answer> answers(requests.size());
  std::vector<Live> live;
  std::vector<std::int64_t> free_slots(num_slots);
  std::iota(free_slots.rbegin(), free_slots.rend(), 0);  // slot 0 is taken first
  std::size_t next = 0;

  const auto retire = [&](Live& done) {
    free_slots.push_back(done.slot);
    answers[done.request_index] = std::move(done.answer);
    if (callbacks.done) callbacks.done(done.request_index, answers[done.request_index]);
  };
  while (next < requests.size() || !live.empty()) {
    base::throw_if_stopped(kStopped);
    while (next < requests.size() && !free_slots.empty()) {
      const auto begin = std::chrono::steady_clock::now();
      const auto& request = requests[next];
      const auto length = static_cast<std::int64_t>(request.prompt_ids.size());
      Live fresh{next,
                 &request,
                 free_slots.back(),
                 -1,
                 std::min(options_.max_new_tokens, context - length),
                 base::Rng(options_.seed, base::cat("generate/", request.index, "/", request.sample)),
                 {},
                 request.prompt_ids,
                 nullptr,
                 ""};
      free_slots.pop_back();
      cache.reset(fresh.slot);
      if (!options_.stop_texts.empty())
        fresh.decoder = std::make_unique<tokenizer::StreamDecoder>(*tokenizer_, request.prompt_ids);
      const auto logits = prefill(request, next, cache, fresh.slot, callbacks, fresh.expert);  // [V]
      statistics_.prompt_tokens += request.prompt_ids.size();
      statistics_.prompt_seconds += seconds_since(begin);
      ++next;
      if (fresh.max_new_tokens <= 0 || accept(fresh, logits, callbacks)) {
        retire(fresh);
      } else {
        live.push_back(std::move(fresh));
      }
    }
    if (live.empty()) continue;
    const auto begin = std::chrono::steady_clock::now();
    const auto logits = decode(live, cache, callbacks);  // [B, V]
    std::vector<Live> still;
    statistics_.decoded_tokens += live.size();
    ++statistics_.decode_steps;
    for (std::size_t row = 0; row < live.size(); ++row) {
      if (accept(live[row], logits[static_cast<std::int64_t>(row)], callbacks)) {
        retire(live[row]);
      } else {
        still.push_back(std::move(live[row]));
      }
    }
    live = std::move(still);
    statistics_.decode_seconds += seconds_since(begin);
  }
  return answers;
}

at::Tensor Generator::prefill_chunks(const std::vector<std::int64_t>& ids, model::KvCache& cache, std::int64_t slot,
                                     const model::Taps& taps, at::Tensor* all_logits) {
  const std::size_t total = ids.size();
  std::vector<at::Tensor> kept;
  at::Tensor last;  // [D]
  for (std::size_t begin = 0; begin < total; begin += kPrefillChunk) {
    base::throw_if_stopped(kStopped);  // answers of one token never reach a decode step
    const std::size_t end = std::min<std::size_t>(total, begin + kPrefillChunk);
    const auto hidden = model_.prefill(to_ids(ids, begin, end).to(model_.device()), cache, slot, taps);  // [T, D]
    last = hidden.select(0, -1);
    if (all_logits == nullptr) continue;
    for (const auto& rows : hidden.split(kLogitRows)) kept.push_back(model_.logits(rows).to(at::kCPU));  // [T, V]
  }
  if (all_logits != nullptr) *all_logits = at::cat(kept);
  return model_.logits(last.unsqueeze(0)).squeeze(0).to(at::kCPU);  // [V]
}

at::Tensor Generator::prefill(const Request& request, std::size_t index, model::KvCache& cache, std::int64_t slot,
                              const Callbacks& callbacks, std::int64_t& expert) {
  expert = -1;
  if (options_.routing == Routing::kAnswer) {
    // The routers vote over the prompt; then the prompt is read again by the chosen expert alone, so that the answer is
    // exactly that expert's.
    ExpertVote vote(model_.config().num_hidden_layers);
    model::Taps taps;
    taps.routing = [&](const model::RoutingEvent& event) { vote.add(event); };
    prefill_chunks(request.prompt_ids, cache, slot, taps, nullptr);
    expert = vote.winner();
    cache.reset(slot);
    model_.force_expert(expert);
  }
  model::Taps taps;
  if (callbacks.routing) {
    // The cache advances only after the last layer, so its length is the position of the chunk's first token.
    taps.routing = [&](const model::RoutingEvent& event) {
      emit_routing(event, callbacks.routing,
                   [&](std::int64_t row) { return std::pair(index, cache.length(slot) + row); });
    };
  }
  at::Tensor all_logits;  // [T, V]
  const bool wants_all = callbacks.prompt_logits && request.sample == 0;
  auto logits = prefill_chunks(request.prompt_ids, cache, slot, taps, wants_all ? &all_logits : nullptr);  // [V]
  if (wants_all) callbacks.prompt_logits(index, all_logits);
  if (expert >= 0) model_.force_expert(std::nullopt);
  return logits;
}

at::Tensor Generator::decode(std::vector<Live>& live, model::KvCache& cache, const Callbacks& callbacks) {
  // One step per forced expert (just one step where experts are chosen per token).
  std::map<std::int64_t, std::vector<std::int64_t>> groups;
  for (std::size_t row = 0; row < live.size(); ++row)
    groups[live[row].expert].push_back(static_cast<std::int64_t>(row));
  at::Tensor logits;  // [B, V]
  for (const auto& [expert, rows] : groups) {
    std::vector<std::int64_t> ids, slots;
    for (const std::int64_t row : rows) {
      ids.push_back(live[row].answer.token_ids.back());
      slots.push_back(live[row].slot);
    }
    model::Taps taps;
    if (callbacks.routing) {
      taps.routing = [&](const model::RoutingEvent& event) {
        emit_routing(event, callbacks.routing, [&](std::int64_t row) {
          return std::pair(live[rows[row]].request_index, cache.length(slots[row]));
        });
      };
    }
    if (expert >= 0) model_.force_expert(expert);
    const auto hidden = model_.decode(at::tensor(ids, at::kLong).to(model_.device()), cache, slots, taps);  // [B, D]
    if (expert >= 0) model_.force_expert(std::nullopt);
    const auto part = model_.logits(hidden).to(at::kCPU);  // [B, V]
    if (groups.size() == 1) return part;
    if (!logits.defined()) logits = at::empty({static_cast<std::int64_t>(live.size()), part.size(1)}, part.options());
    logits.index_copy_(0, at::tensor(rows, at::kLong), part);
  }
  return logits;
}

Choice Generator::choose(Live& live, const at::Tensor& logits) const {
  try {
    return choose_token(logits, live.seen, options_.sampling, live.rng);
  } catch (const NumericError& error) {
    throw NumericError(base::cat("prompt ", live.request->index + 1, ", token ", live.answer.token_ids.size() + 1,
                                 " of the answer: ", error.what()));
  }
}

bool Generator::accept(Live& live, const at::Tensor& logits, const Callbacks& callbacks) {
  const Choice choice = choose(live, logits);
  live.answer.token_ids.push_back(choice.token);
  live.answer.logprobs_nats.push_back(choice.logprob_nats);
  live.seen.push_back(choice.token);
  if (callbacks.token) callbacks.token(live.request_index, choice.token);
  const auto& eos = model_.config().eos_token_ids;
  if (!options_.ignore_eos && std::find(eos.begin(), eos.end(), choice.token) != eos.end()) {
    live.answer.stop_reason = StopReason::kEos;
    return true;
  }
  if (live.decoder) {
    const std::size_t before = live.text.size();
    live.text += live.decoder->push(choice.token);
    std::size_t longest = 0;
    for (const auto& stop : options_.stop_texts) longest = std::max(longest, stop.size());
    if (find_stop(live.text, options_.stop_texts, before > longest ? before - longest : 0) != std::string::npos) {
      live.answer.stop_reason = StopReason::kStop;
      return true;
    }
  }
  live.answer.stop_reason = StopReason::kLength;
  return static_cast<std::int64_t>(live.answer.token_ids.size()) >= live.max_new_tokens;
}

}  // namespace quartet::generate
