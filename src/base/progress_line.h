#pragma once

namespace quartet::base {

/// Erases a bar that stands on the terminal's current line, so that another line can be written.
void clear_progress_line();

}  // namespace quartet::base
