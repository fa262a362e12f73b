#include "parser_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  kStep = 16,           /* sizes of small blocks are multiples of this, header included */
  kNumClasses = 65,     /* class c: c * kStep bytes; class 0: from malloc */
  kChunkBytes = 1 << 18 /* what is taken from malloc at a time for small blocks */
};

/* In front of every block; blocks lie at multiples of 16 as malloc's do. */
typedef struct {
  uint64_t size_class;
} Header;

typedef struct FreeBlock {
  struct FreeBlock *next;
} FreeBlock;

typedef struct Heap {
  FreeBlock *free_blocks[kNumClasses];
  char *next, *end; /* of the present chunk */
  struct Heap *next_idle;
} Heap;

static _Thread_local Heap *thread_heap = NULL;
static _Thread_local bool uses_malloc = false;
static Heap *idle_heaps = NULL;
static pthread_mutex_t idle_mutex = PTHREAD_MUTEX_INITIALIZER;

static void *checked(void *block, size_t size) {
  if (!block) {
    fprintf(stderr, "out of memory parsing: no %zu bytes\n", size);
    abort();
  }
  return block;
}

static Heap *heap_of_thread(void) {
  if (thread_heap) return thread_heap;
  pthread_mutex_lock(&idle_mutex);
  thread_heap = idle_heaps;
  if (thread_heap) idle_heaps = thread_heap->next_idle;
  pthread_mutex_unlock(&idle_mutex);
  if (!thread_heap) thread_heap = checked(calloc(1, sizeof(Heap)), sizeof(Heap));
  return thread_heap;
}

void quartet_parser_end_thread(void) {
  if (!thread_heap) return;
  pthread_mutex_lock(&idle_mutex);
  thread_heap->next_idle = idle_heaps;
  idle_heaps = thread_heap;
  pthread_mutex_unlock(&idle_mutex);
  thread_heap = NULL;
}

void quartet_parser_use_malloc(int on) {
  uses_malloc = on != 0;
}

static bool takes_malloc(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true; /* or use after free would not be seen */
#else
  return uses_malloc;
#endif
}

static Header *header_of(void *block) {
  return (Header *)block - 1;
}

static void *large_block(void *start) {
  void *block = (char *)start + kStep;
  header_of(block)->size_class = 0;
  return block;
}

static void *block_from_chunk(Heap *heap, size_t size_class) {
  const size_t bytes = size_class * kStep;
  if ((size_t)(heap->end - heap->next) < bytes + kStep) {
    /* What is left of the old chunk stays unused: less than the largest small block. */
    heap->next = checked(malloc(kChunkBytes), kChunkBytes);
    heap->end = heap->next + kChunkBytes;
  }
  /* The header lies in the last half of a step, the block behind it. */
  void *block = heap->next + kStep;
  heap->next += bytes;
  header_of(block)->size_class = size_class;
  return block;
}

void *quartet_parser_malloc(size_t size) {
  const size_t size_class = (size + sizeof(Header) + kStep - 1) / kStep;
  if (size_class >= kNumClasses || takes_malloc()) return large_block(checked(malloc(size + kStep), size));
  Heap *heap = heap_of_thread();
  FreeBlock *block = heap->free_blocks[size_class];
  if (!block) return block_from_chunk(heap, size_class);
  heap->free_blocks[size_class] = block->next;
  return block;
}

void quartet_parser_free(void *block) {
  if (!block) return;
  const uint64_t size_class = header_of(block)->size_class;
  if (size_class == 0) {
    free((char *)block - kStep);
    return;
  }
  Heap *heap = heap_of_thread();
  FreeBlock *freed = block;
  freed->next = heap->free_blocks[size_class];
  heap->free_blocks[size_class] = freed;
}

void *quartet_parser_calloc(size_t count, size_t size) {
  void *block = quartet_parser_malloc(count * size);
  memset(block, 0, count * size);
  return block;
}

void *quartet_parser_realloc(void *block, size_t size) {
  if (!block) return quartet_parser_malloc(size);
  const uint64_t size_class = header_of(block)->size_class;
  if (size_class == 0) return large_block(checked(realloc((char *)block - kStep, size + kStep), size));
  const size_t old_size = size_class * kStep - sizeof(Header);
  if (size <= old_size) return block;
  void *grown = quartet_parser_malloc(size);
  memcpy(grown, block, old_size);
  quartet_parser_free(block);
  return grown;
}
