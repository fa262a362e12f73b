#include "quartet/base/progress.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "progress_line.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

constexpr double kRedrawSeconds = 0.1;  // bar on a terminal
constexpr double kLineSeconds = 5;      // plain lines elsewhere
constexpr int kBarWidth = 24;

std::atomic<bool> enabled = true;
std::atomic<bool> bar_stands = false;

bool on_terminal() {
  static const bool result = isatty(STDERR_FILENO) == 1;
  return result;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  std::string result = "[";
  for (int i = 0; i < kBarWidth; ++i) result += i < filled ? '#' : '.';
  return result + "] ";
}

std::string format_rate(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, rate < 10 ? "%.2f" : "%.0f", rate);
  return text;
}

}  // namespace

void clear_progress_line() {
  if (bar_stands.exchange(false)) std::fputs("\r\x1b[K", stderr);
}

Progress::Progress(std::string label, std::uint64_t total, std::string unit)
    : label_(std::move(label)),
      total_(total),
      unit_(std::move(unit)),
      begin_(std::chrono::steady_clock::now()),
      last_draw_(begin_) {}

Progress::~Progress() {
  // An unfinished bar (an exception passes) stays readable above the error message.
  if (!finished_ && bar_stands.exchange(false)) std::fputc('\n', stderr);
}

void Progress::set_enabled(bool value) {
  enabled = value;
}

void Progress::update(std::uint64_t done, const std::string& detail) {
  done_ = done;
  if (finished_ || !enabled || seconds_since(last_draw_) < (on_terminal() ? kRedrawSeconds : kLineSeconds)) return;
  draw(done, detail, false);
}

void Progress::finish(const std::string& detail) {
  if (finished_) return;
  finished_ = true;
  if (enabled) draw(total_ != 0 ? total_ : done_, detail, true);
}

void Progress::draw(std::uint64_t done, const std::string& detail, bool last) {
  last_draw_ = std::chrono::steady_clock::now();
  const double elapsed = seconds_since(begin_);
  const double rate = done > start_ && elapsed > 0 ? static_cast<double>(done - start_) / elapsed : 0;
  const double share = total_ > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)) : 0;

  std::string line = label_ + " ";
  if (total_ > 0) {
    if (on_terminal()) line += bar(share);
    line += cat(static_cast<int>(share * 100), "% ", done, "/", total_, " ", unit_);
  } else {
    line += cat(done, " ", unit_);
  }
  if (rate > 0) line += cat(", ", format_rate(rate), " ", unit_, "/s");
  if (last) {
    line += ", " + format_duration(elapsed);
  } else if (rate > 0 && total_ > done) {
    line += ", " + format_duration(static_cast<double>(total_ - done) / rate) + " left";
  }
  if (!detail.empty()) line += ", " + detail;

  const bool redraw = on_terminal() && !last;
  std::fputs(((on_terminal() ? "\r\x1b[K" : "") + line + (redraw ? "" : "\n")).c_str(), stderr);
  bar_stands = redraw;
}

}  // namespace quartet::base
