#include "quartet/base/signals.h"

#include <unistd.h>

#include <csignal>

#include "quartet/base/error.h"

namespace quartet::base {
namespace {

volatile std::sig_atomic_t requested = 0;

void on_signal(int signal) {
  if (requested != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    return;
  }
  requested = signal;
  constexpr char kMessage[] = "\nstopping as soon as the state is saved; once more ends at once\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
}

}  // namespace

void install_stop_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_NODEFER;  // a second signal must get through while the first is handled
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int stop_signal() {
  return requested;
}

void throw_if_stopped(const char* message) {
  if (requested != 0) throw Stopped(requested, message);
}

}  // namespace quartet::base
