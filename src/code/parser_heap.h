/* The allocator of the tree-sitter runtime: small blocks come from free lists of the calling thread, large ones from malloc.
 *
 * A parse makes and drops a block for nearly every action; with malloc that was a sixth of its time. A block may be freed by
 * another thread than the one that made it. Freed small blocks are kept for later parses. */
#ifndef QUARTET_CODE_PARSER_HEAP_H_
#define QUARTET_CODE_PARSER_HEAP_H_

#include <stddef.h>
#include <stdint.h>

enum {
  kHeapStep = 16,   /* sizes of small blocks are multiples of this, header included */
  kHeapClasses = 65 /* class c: c * kHeapStep bytes; class 0: from malloc */
};

/* In front of every block; blocks lie at multiples of 16 as malloc's do. */
typedef struct {
  uint64_t size_class;
} BlockHeader;

typedef struct FreeBlock {
  struct FreeBlock *next;
} FreeBlock;

typedef struct {
  FreeBlock *free_blocks[kHeapClasses];
  char *next, *end; /* of the chunk that new small blocks are cut from */
} Heap;

extern _Thread_local Heap quartet_heap __attribute__((tls_model("initial-exec")));

/* For large blocks and where a free list is empty. They end the program when memory runs out, as the runtime's own do. */
void *quartet_heap_new_block(size_t size);
void quartet_heap_free_large(void *block);
void *quartet_heap_realloc(void *block, size_t size);
void *quartet_heap_calloc(size_t count, size_t size);

static inline void *quartet_heap_malloc(size_t size) {
  const size_t size_class = (size + sizeof(BlockHeader) + kHeapStep - 1) / kHeapStep;
  if (size_class >= kHeapClasses) return quartet_heap_new_block(size);
  FreeBlock *block = quartet_heap.free_blocks[size_class];
  if (!block) return quartet_heap_new_block(size);
  quartet_heap.free_blocks[size_class] = block->next;
  return block;
}

static inline void quartet_heap_free(void *block) {
  if (!block) return;
  const uint64_t size_class = ((BlockHeader *)block - 1)->size_class;
  if (size_class == 0) {
    quartet_heap_free_large(block);
    return;
  }
  FreeBlock *freed = block;
  freed->next = quartet_heap.free_blocks[size_class];
  quartet_heap.free_blocks[size_class] = freed;
}

#endif
