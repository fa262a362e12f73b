#pragma once

#include <cstdint>
#include <functional>

namespace quartet::routing {

/// Calls `work(i)` for i in [0, num_items), at most `num_workers` at a time, each with one thread of its own: what an
/// item computes does not depend on the number of threads. Grad mode is off. `done(n)` is called after every item with
/// the number of finished ones, never twice at once. The first exception of either stops the rest and is thrown here.
void side_by_side(std::int64_t num_items, std::int64_t num_workers, const std::function<void(std::int64_t item)>& work,
                  const std::function<void(std::int64_t num_done)>& done);

}  // namespace quartet::routing
