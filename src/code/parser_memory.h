/* The allocator of the tree-sitter runtime: small blocks come from free lists of the calling thread, large ones from malloc.
 *
 * A parse makes and drops a block for nearly every action; with malloc that was a sixth of its time. A block may be freed by
 * another thread than the one that made it. Freed small blocks are kept for later parses; a thread that ends leaves its
 * lists to the next one that begins. */
#ifndef QUARTET_CODE_PARSER_MEMORY_H_
#define QUARTET_CODE_PARSER_MEMORY_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As malloc and free; they end the program when memory runs out, as the runtime's own do. */
void *quartet_parser_malloc(size_t size);
void *quartet_parser_calloc(size_t count, size_t size);
void *quartet_parser_realloc(void *block, size_t size);
void quartet_parser_free(void *block);

/* While set, this thread takes all blocks from malloc: what a huge text needs goes back when it is done. */
void quartet_parser_use_malloc(int on);

/* Leaves this thread's free lists to others. It may go on allocating: it gets lists again. */
void quartet_parser_end_thread(void);

#ifdef __cplusplus
}
#endif
#endif
