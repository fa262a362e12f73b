#include "quartet/data/batch_stream.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "quartet/base/error.h"
#include "quartet/base/rng.h"
#include "quartet/base/text.h"

namespace quartet::data {
namespace {

Indices in_order(std::size_t count) {
  Indices indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

double mean_length(const std::vector<Sample>& samples) {
  std::int64_t total = 0;
  for (const Sample& sample : samples) total += sample.num_tokens();
  return static_cast<double>(total) / static_cast<double>(samples.size());
}

/// Pools of up to 50 batches, each long to short; the pool with the longest sample first, so that memory runs out at
/// once or never. Source: LengthGroupedSampler of transformers.
Indices group_by_length(const std::vector<Sample>& samples, const BatchOptions& options, Indices indices) {
  const double rows_a_step = options.batch_tokens ? static_cast<double>(*options.batch_tokens) / mean_length(samples)
                                                  : static_cast<double>(options.batch_size);
  const double most_rows = static_cast<double>(indices.size());
  const auto batch = static_cast<std::size_t>(std::clamp(rows_a_step, 1.0, most_rows));
  const std::size_t pool = batch * std::clamp<std::size_t>(indices.size() / (4 * batch), 1, 50);
  const auto length = [&](std::int64_t index) { return samples[index].num_tokens(); };
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < indices.size(); begin += pool) {
    const std::size_t end = std::min(begin + pool, indices.size());
    std::stable_sort(indices.begin() + begin, indices.begin() + end,
                     [&](std::int64_t a, std::int64_t b) { return length(a) > length(b); });
    if (length(indices[begin]) > length(indices[longest])) longest = begin;
  }
  std::swap(indices[0], indices[longest]);
  return indices;
}

Indices epoch_order(const std::vector<Sample>& samples, const BatchOptions& options, std::int64_t epoch) {
  Indices indices = in_order(samples.size());
  if (options.order == Order::kSequential) return indices;
  base::Rng rng(options.seed, base::cat("data order of epoch ", epoch));
  rng.shuffle(indices);
  return options.order == Order::kLength ? group_by_length(samples, options, std::move(indices)) : indices;
}

/// Cuts sorted lengths (long to short) into groups at least cost = sum of longest * count + overhead.
std::vector<Indices> cut_by_cost(const std::vector<Sample>& samples, const Indices& sorted,
                                 const MicroBatchOptions& options) {
  const std::size_t count = sorted.size();
  std::vector<std::int64_t> cost(count + 1, std::numeric_limits<std::int64_t>::max());  // of the first n samples
  std::vector<std::size_t> begin_of(count + 1, 0);
  cost[0] = 0;
  for (std::size_t begin = 0; begin < count; ++begin) {
    const std::int64_t longest = samples[sorted[begin]].num_tokens();
    for (std::size_t end = begin + 1; end <= count; ++end) {
      const std::int64_t padded = longest * static_cast<std::int64_t>(end - begin);
      if (end > begin + 1 && padded > options.max_padded_tokens) break;
      const std::int64_t total = cost[begin] + padded + options.pass_overhead_tokens;
      if (total < cost[end]) {
        cost[end] = total;
        begin_of[end] = begin;
      }
    }
  }
  std::vector<Indices> groups;
  for (std::size_t end = count; end > 0; end = begin_of[end]) {
    groups.emplace_back(sorted.begin() + begin_of[end], sorted.begin() + end);
  }
  std::reverse(groups.begin(), groups.end());
  return groups;
}

}  // namespace

Order parse_order(std::string_view name) {
  if (name == "shuffled") return Order::kShuffled;
  if (name == "sequential") return Order::kSequential;
  if (name == "length") return Order::kLength;
  throw ConfigError(base::cat("order: got '", name, "', expected shuffled, sequential or length"));
}

std::vector<Indices> plan_epoch(const std::vector<Sample>& samples, const BatchOptions& options, std::int64_t epoch) {
  std::vector<Indices> steps;
  std::int64_t tokens = 0;
  for (const std::int64_t index : epoch_order(samples, options, epoch)) {
    const std::int64_t length = samples[index].num_tokens();
    const bool full = steps.empty() || (options.batch_tokens ? tokens + length > *options.batch_tokens
                                                             : std::ssize(steps.back()) >= options.batch_size);
    if (full) {
      steps.emplace_back();
      tokens = 0;
    }
    steps.back().push_back(index);
    tokens += length;
  }
  return steps;
}

BatchStream::BatchStream(const std::vector<Sample>& samples, BatchOptions options)
    : samples_(samples), options_(options), plan_(plan_epoch(samples, options, 0)) {}

const Indices& BatchStream::next() {
  if (position_ == plan_.size()) {
    plan_ = plan_epoch(samples_, options_, ++epoch_);
    position_ = 0;
  }
  return plan_[position_++];
}

std::vector<Indices> split_step(const std::vector<Sample>& samples, const Indices& step,
                                const MicroBatchOptions& options) {
  Indices sorted = step;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](std::int64_t a, std::int64_t b) { return samples[a].num_tokens() > samples[b].num_tokens(); });
  if (!options.size) return cut_by_cost(samples, sorted, options);
  std::vector<Indices> groups;
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = begin + std::min<std::ptrdiff_t>(*options.size, sorted.end() - begin);
    groups.emplace_back(begin, end);
    begin = end;
  }
  return groups;
}

}  // namespace quartet::data
