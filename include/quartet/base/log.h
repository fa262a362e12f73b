#pragma once

#include <string>
#include <string_view>

namespace quartet::base {

/// Log lines go to stderr. Levels: trace debug info warn error off. Default: info.
/// Throws: ConfigError if the level is unknown.
void set_log_level(std::string_view level);
/// True if lines of that level are written.
bool log_enabled(std::string_view level);

void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace quartet::base
