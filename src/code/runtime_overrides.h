/* Forced into the tree-sitter runtime with -include. Takes the place of its clock.h and atomic.h (same guards) and of
 * its allocator.
 *
 * Limits: the runtime asks for the time once every 100 parse actions when a timeout is set. Some broken texts send its
 * error recovery round in circles for ever; counting actions instead of time cuts them off at the same place on every
 * machine. So does counting the children of the nodes that it makes, which on some broken texts grow with the square of
 * their length: 500 million of them take a few seconds. Counts: no tree is ever used by two threads at a time, so
 * references are counted without locks. */
#ifndef QUARTET_CODE_RUNTIME_OVERRIDES_H_
#define QUARTET_CODE_RUNTIME_OVERRIDES_H_
#define TREE_SITTER_CLOCK_H_
#define TREE_SITTER_ATOMIC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser_heap.h"

#define ts_malloc quartet_heap_malloc
#define ts_calloc quartet_heap_calloc
#define ts_realloc quartet_heap_realloc
#define ts_free quartet_heap_free

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
/* Children of the nodes that this thread's parse has made; see parser_memory.h. */
extern _Thread_local uint64_t quartet_num_children_gathered __attribute__((tls_model("initial-exec")));
#define QUARTET_MAX_CHILDREN_GATHERED 500000000u

static inline TSClock clock_now(void) {
  static _Thread_local uint64_t num_calls = 0;
  if (quartet_num_children_gathered > QUARTET_MAX_CHILDREN_GATHERED) return UINT64_MAX;
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

static inline size_t atomic_load(const volatile size_t *p) {
  return *p;
}
static inline uint32_t atomic_inc(volatile uint32_t *p) {
  uint32_t *count = (uint32_t *)p;
  return ++*count;
}
static inline uint32_t atomic_dec(volatile uint32_t *p) {
  uint32_t *count = (uint32_t *)p;
  return --*count;
}

#endif
