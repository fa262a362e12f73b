#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "quartet/data/sample.h"

namespace quartet::data {

enum class Order {
  kShuffled,    ///< a new order every epoch
  kSequential,  ///< as the rows came
  kLength,      ///< shuffled, then long before short within pools of up to 50 batches: less padding
};

/// Throws: ConfigError.
Order parse_order(std::string_view name);

struct BatchOptions {
  Order order = Order::kShuffled;
  std::int64_t batch_size = 32;              ///< sequences a step
  std::optional<std::int64_t> batch_tokens;  ///< instead: as many whole rows as fit, at least one
  std::uint64_t seed = 0;
};

using Indices = std::vector<std::int64_t>;

/// Which samples each optimizer step of an epoch trains on. Every sample appears once; the last step may be short.
/// A pure function of its arguments.
std::vector<Indices> plan_epoch(const std::vector<Sample>& samples, const BatchOptions& options, std::int64_t epoch);

/// The endless row of optimizer steps, epoch after epoch.
class BatchStream {
 public:
  /// `samples` must outlive the stream and not be empty.
  BatchStream(const std::vector<Sample>& samples, BatchOptions options);

  const Indices& next();
  /// 0-based, of the step that `next` returned last.
  std::int64_t epoch() const { return epoch_; }

 private:
  const std::vector<Sample>& samples_;
  BatchOptions options_;
  std::int64_t epoch_ = 0;
  std::vector<Indices> plan_;
  std::size_t position_ = 0;
};

/// How a step is cut into forward passes.
struct MicroBatchOptions {
  std::optional<std::int64_t> size;        ///< sequences; absent: chosen by padded tokens
  std::int64_t max_padded_tokens = 8192;   ///< of one forward pass, when `size` is absent
  std::int64_t pass_overhead_tokens = 64;  ///< what one more pass costs, in tokens, when `size` is absent
};

/// Cuts a step into groups of samples of like length. Without a size it minimises padded tokens plus overhead.
std::vector<Indices> split_step(const std::vector<Sample>& samples, const Indices& step,
                                const MicroBatchOptions& options);

}  // namespace quartet::data
