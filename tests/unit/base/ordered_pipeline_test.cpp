#include "quartet/base/ordered_pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace quartet::base {
namespace {

/// Numbers 0 to `count` - 1.
auto numbers(int count) {
  return [next = 0, count]() mutable { return next < count ? std::optional(next++) : std::nullopt; };
}

TEST(OrderedPipeline, ResultsComeInTheOrderOfTheItems) {
  for (const int num_threads : {1, 2, 7}) {
    std::vector<int> squares;
    run_ordered(
        num_threads, numbers(500),
        [](int item) {
          if (item % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
          return item * item;
        },
        [&](int result) { squares.push_back(result); });
    ASSERT_EQ(squares.size(), 500u);
    for (int i = 0; i < 500; ++i) EXPECT_EQ(squares[static_cast<std::size_t>(i)], i * i);
  }
}

TEST(OrderedPipeline, TheEarliestFailureIsThrownAfterWhatCameBefore) {
  for (const int num_threads : {1, 4}) {
    std::vector<int> consumed;
    const auto run = [&] {
      run_ordered(
          num_threads, numbers(200),
          [](int item) {
            if (item == 40) std::this_thread::sleep_for(std::chrono::milliseconds(5));
            if (item == 40 || item == 41) throw std::runtime_error(std::to_string(item));
            return item;
          },
          [&](int result) { consumed.push_back(result); });
    };
    try {
      run();
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "40");
    }
    EXPECT_EQ(consumed.size(), 40u);
  }
}

TEST(OrderedPipeline, FailuresOfProduceAndConsume) {
  for (const int num_threads : {1, 3}) {
    std::vector<int> consumed;
    const auto produce = [next = 0]() mutable -> std::optional<int> {
      if (next == 20) throw std::runtime_error("produce");
      return next++;
    };
    EXPECT_THROW(run_ordered(
                     num_threads, produce, [](int item) { return item; }, [&](int item) { consumed.push_back(item); }),
                 std::runtime_error);
    EXPECT_EQ(consumed.size(), 20u);
    EXPECT_THROW(run_ordered(
                     num_threads, numbers(100), [](int item) { return item; },
                     [](int item) {
                       if (item == 3) throw std::runtime_error("consume");
                     }),
                 std::runtime_error);
  }
}

TEST(OrderedPipeline, FewItemsAreInFlight) {
  std::atomic<int> in_flight{0};
  int most = 0;
  run_ordered(
      3,
      [&, next = 0]() mutable -> std::optional<int> {
        most = std::max(most, ++in_flight);
        return next < 1000 ? std::optional(next++) : std::nullopt;
      },
      [](int item) {
        if (item == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return item;
      },
      [&](int) { --in_flight; });
  EXPECT_LE(most, 3 * 16 + 1);
}

}  // namespace
}  // namespace quartet::base
