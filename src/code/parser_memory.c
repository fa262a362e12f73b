#include "parser_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser_heap.h"

enum { kChunkBytes = 1 << 18 };

_Thread_local Heap quartet_heap;
static _Thread_local bool uses_malloc = false;

/* Heaps of threads that ended. */
typedef struct IdleHeap {
  Heap heap;
  struct IdleHeap *next;
} IdleHeap;
static IdleHeap *idle_heaps = NULL;
static pthread_mutex_t idle_mutex = PTHREAD_MUTEX_INITIALIZER;

static void *checked(void *block, size_t size) {
  if (!block) {
    fprintf(stderr, "out of memory parsing: no %zu bytes\n", size);
    abort();
  }
  return block;
}

/* Takes over the heap of a thread that ended; false if there is none. */
static bool adopt_idle_heap(void) {
  pthread_mutex_lock(&idle_mutex);
  IdleHeap *idle = idle_heaps;
  if (idle) idle_heaps = idle->next;
  pthread_mutex_unlock(&idle_mutex);
  if (!idle) return false;
  quartet_heap = idle->heap;
  free(idle);
  return true;
}

void quartet_parser_end_thread(void) {
  if (!quartet_heap.next) return;
  IdleHeap *idle = malloc(sizeof(IdleHeap));
  if (!idle) return;
  idle->heap = quartet_heap;
  memset(&quartet_heap, 0, sizeof(Heap));
  pthread_mutex_lock(&idle_mutex);
  idle->next = idle_heaps;
  idle_heaps = idle;
  pthread_mutex_unlock(&idle_mutex);
}

_Thread_local uint64_t quartet_num_children_gathered = 0;

void quartet_parser_begin(void) {
  quartet_num_children_gathered = 0;
}

void quartet_parser_use_malloc(int on) {
  uses_malloc = on != 0;
}

void quartet_parser_free_text(char *text) {
  quartet_heap_free(text);
}

static bool takes_malloc(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true; /* or use after free would not be seen */
#else
  return uses_malloc;
#endif
}

static BlockHeader *header_of(void *block) {
  return (BlockHeader *)block - 1;
}

static void *large_block(void *start) {
  void *block = (char *)start + kHeapStep;
  header_of(block)->size_class = 0;
  return block;
}

void *quartet_heap_new_block(size_t size) {
  const size_t size_class = (size + sizeof(BlockHeader) + kHeapStep - 1) / kHeapStep;
  if (size_class >= kHeapClasses || takes_malloc()) return large_block(checked(malloc(size + kHeapStep), size));
  Heap *heap = &quartet_heap;
  if (!heap->next && adopt_idle_heap()) return quartet_heap_malloc(size);
  const size_t bytes = size_class * kHeapStep;
  if ((size_t)(heap->end - heap->next) < bytes + kHeapStep) {
    /* What is left of the old chunk stays unused: less than the largest small block. */
    heap->next = checked(malloc(kChunkBytes), kChunkBytes);
    heap->end = heap->next + kChunkBytes;
  }
  /* The header lies in the last half of a step, the block behind it. */
  void *block = heap->next + kHeapStep;
  heap->next += bytes;
  header_of(block)->size_class = size_class;
  return block;
}

void quartet_heap_free_large(void *block) {
  free((char *)block - kHeapStep);
}

void *quartet_heap_calloc(size_t count, size_t size) {
  void *block = quartet_heap_malloc(count * size);
  memset(block, 0, count * size);
  return block;
}

void *quartet_heap_realloc(void *block, size_t size) {
  if (!block) return quartet_heap_malloc(size);
  const uint64_t size_class = header_of(block)->size_class;
  if (size_class == 0) return large_block(checked(realloc((char *)block - kHeapStep, size + kHeapStep), size));
  const size_t old_size = size_class * kHeapStep - sizeof(BlockHeader);
  if (size <= old_size) return block;
  void *grown = quartet_heap_malloc(size);
  memcpy(grown, block, old_size);
  quartet_heap_free(block);
  return grown;
}
