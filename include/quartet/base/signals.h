#pragma once

namespace quartet::base {

/// Makes the first SIGINT or SIGTERM a request (`stop_signal`); a second one ends the process at once.
void install_stop_handlers();
/// The signal that asked to stop, or 0. Long work polls it, saves its state and throws Stopped.
int stop_signal();
/// Throws: Stopped with `message` if a stop was requested.
void throw_if_stopped(const char* message);

}  // namespace quartet::base
