#include "quartet/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

#include "progress_line.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::base {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("quartet", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%H:%M:%S %^%l%$: %v");
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum parse_level(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"trace", "debug", "info", "warn", "error", "off"};
  constexpr std::array kLevels = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                                  spdlog::level::warn,  spdlog::level::err,   spdlog::level::off};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return kLevels[i];
  }
  throw ConfigError(cat("log level ", excerpt(name), ": expected one of trace debug info warn error off"));
}

void log(spdlog::level::level_enum level, std::string_view message) {
  if (!logger().should_log(level)) return;
  clear_progress_line();
  logger().log(level, spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace

void set_log_level(std::string_view level) {
  logger().set_level(parse_level(level));
}
bool log_enabled(std::string_view level) {
  return logger().should_log(parse_level(level));
}

void log_debug(std::string_view message) {
  log(spdlog::level::debug, message);
}
void log_info(std::string_view message) {
  log(spdlog::level::info, message);
}
void log_warning(std::string_view message) {
  log(spdlog::level::warn, message);
}
void log_error(std::string_view message) {
  log(spdlog::level::err, message);
}

}  // namespace quartet::base
