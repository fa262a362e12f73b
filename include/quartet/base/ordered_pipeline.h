#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <variant>
#include <vector>

namespace quartet::base {

/// Streams items through `num_threads` threads: `produce()` gives the next item or nothing, one call at a time;
/// `work(item)` runs in all threads at once; `consume(result)` gets the results in the order of the items, one call at
/// a time. At most 16 items a thread are between the two. Whatever the three throw ends the stream; of several
/// exceptions the one of the earliest item is thrown, after everything before it was consumed.
template <class Produce, class Work, class Consume>
void run_ordered(int num_threads, Produce produce, Work work, Consume consume) {
  using Item = typename std::invoke_result_t<Produce>::value_type;
  using Result = std::invoke_result_t<Work, Item&&>;
  struct State {
    std::mutex input, output;
    std::condition_variable room;
    std::uint64_t num_produced = 0;
    std::uint64_t num_consumed = 0;
    bool ended = false;
    std::map<std::uint64_t, std::variant<Result, std::exception_ptr>> waiting;  // done, but not their turn
    std::exception_ptr failure;
  } state;
  const auto window = static_cast<std::uint64_t>(std::max(1, num_threads)) * 16;

  /// The next item with its number; nothing at the end and after a failure.
  const auto take = [&](std::uint64_t& number) -> std::optional<Item> {
    const std::lock_guard input(state.input);
    {
      std::unique_lock output(state.output);
      state.room.wait(output, [&] { return state.failure || state.num_produced < state.num_consumed + window; });
      if (state.failure || state.ended) return std::nullopt;
    }
    number = state.num_produced;
    std::optional<Item> item;
    std::exception_ptr failure;
    try {
      item = produce();
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard output(state.output);
    state.ended = !item;
    state.num_produced += item || failure;
    if (failure) state.waiting.emplace(number, failure);
    return item;
  };
  /// Consumes what has its turn.
  const auto drain = [&] {
    while (!state.failure && !state.waiting.empty() && state.waiting.begin()->first == state.num_consumed) {
      auto done = std::move(state.waiting.extract(state.waiting.begin()).mapped());
      try {
        if (std::holds_alternative<std::exception_ptr>(done))
          std::rethrow_exception(std::get<std::exception_ptr>(done));
        consume(std::move(std::get<Result>(done)));
      } catch (...) {
        state.failure = std::current_exception();
      }
      ++state.num_consumed;
    }
    state.room.notify_all();
  };
  const auto loop = [&] {
    std::uint64_t number = 0;
    while (auto item = take(number)) {
      std::variant<Result, std::exception_ptr> done = std::exception_ptr();
      try {
        done = work(*std::move(item));
      } catch (...) {
        done = std::current_exception();
      }
      const std::lock_guard output(state.output);
      state.waiting.emplace(number, std::move(done));
      drain();
    }
    const std::lock_guard output(state.output);
    drain();  // what `produce` threw
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < num_threads; ++i) helpers.emplace_back(loop);
    loop();
  }
  if (state.failure) std::rethrow_exception(state.failure);
}

}  // namespace quartet::base
