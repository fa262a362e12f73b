/* Takes the place of tree-sitter's clock.h (same guard; forced in with -include): parse limits count work, not time.
 *
 * The runtime asks for the time once every 100 parse actions when a timeout is set. Some broken texts send its error
 * recovery round in circles for ever; counting actions cuts them off at the same place on every machine. */
#ifndef TREE_SITTER_CLOCK_H_
#define TREE_SITTER_CLOCK_H_

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t TSDuration; /* calls of clock_now */
typedef uint64_t TSClock;

static inline TSDuration duration_from_micros(uint64_t calls) {
  return calls;
}
static inline uint64_t duration_to_micros(TSDuration self) {
  return self;
}
static inline TSClock clock_null(void) {
  return 0;
}
static inline TSClock clock_now(void) {
  static _Thread_local uint64_t num_calls = 0;
  return ++num_calls;
}
static inline TSClock clock_after(TSClock base, TSDuration duration) {
  return base + duration;
}
static inline bool clock_is_null(TSClock self) {
  return !self;
}
static inline bool clock_is_gt(TSClock self, TSClock other) {
  return self > other;
}

#endif
