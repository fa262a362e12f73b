#include "wait_for_input.h"

#include <poll.h>

#include "quartet/base/signals.h"

namespace quartet::base {

// A signal that comes between the check and the wait is seen after this.
constexpr int kPollMilliseconds = 1000;

void wait_for_input(int descriptor) {
  pollfd waiting = {descriptor, POLLIN, 0};
  do throw_if_stopped("nothing was written: run the same command again");
  while (poll(&waiting, 1, kPollMilliseconds) <= 0);
}

}  // namespace quartet::base
