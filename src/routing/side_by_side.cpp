#include "side_by_side.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "quartet/tensor/device.h"

namespace quartet::routing {

void side_by_side(std::int64_t num_items, std::int64_t num_workers, const std::function<void(std::int64_t)>& work,
                  const std::function<void(std::int64_t)>& done) {
  const tensor::OneThread one_thread;
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;  // guards num_done and failure
  std::int64_t num_done = 0;
  std::exception_ptr failure;
  const auto take_items = [&] {
    const at::NoGradGuard no_grad;  // a thread's own, as the number of threads
    try {
      for (std::int64_t item = next++; item < num_items; item = next++) {
        work(item);
        const std::lock_guard lock(mutex);
        done(++num_done);
      }
    } catch (...) {
      next = num_items;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> workers;
  for (std::int64_t i = 1; i < std::min(num_workers, num_items); ++i) {
    workers.emplace_back([&] {
      at::set_num_threads(1);
      take_items();
    });
  }
  take_items();
  workers.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace quartet::routing
