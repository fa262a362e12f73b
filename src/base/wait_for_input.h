#pragma once

namespace quartet::base {

/// Waits until a pipe or terminal has something to read. Throws: Stopped when a signal asks to stop meanwhile, which a
/// blocked read would sleep through.
void wait_for_input(int descriptor);

}  // namespace quartet::base
