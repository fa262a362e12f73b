#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace quartet::base {

/// Progress of long work on stderr: a bar that redraws on a terminal, a plain line at most every few seconds elsewhere,
/// nothing when switched off. Units are whatever the caller counts (steps, tokens, bytes); the ETA follows their rate.
class Progress {
 public:
  /// `total` 0 = unknown (no bar, no ETA).
  Progress(std::string label, std::uint64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` units are finished (absolute); `detail` is shown behind the rate.
  void update(std::uint64_t done, const std::string& detail = "");
  /// Ends the bar with a last line.
  void finish(const std::string& detail = "");
  /// Units that were finished before this run (after a resume): they do not count for the rate.
  void set_start(std::uint64_t done) { start_ = done; }

  /// Process-wide: off for --quiet.
  static void set_enabled(bool enabled);

 private:
  void draw(std::uint64_t done, const std::string& detail, bool last);

  std::string label_;
  std::uint64_t total_;
  std::string unit_;
  std::uint64_t start_ = 0;
  std::uint64_t done_ = 0;
  bool finished_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point last_draw_;
};

}  // namespace quartet::base
