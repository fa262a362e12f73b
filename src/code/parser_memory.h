/* The allocator of the tree-sitter runtime, as seen from outside it. The runtime itself uses parser_heap.h. */
#ifndef QUARTET_CODE_PARSER_MEMORY_H_
#define QUARTET_CODE_PARSER_MEMORY_H_

#ifdef __cplusplus
extern "C" {
#endif

/* Frees what the runtime hands out, such as the text of ts_node_string. */
void quartet_parser_free_text(char *text);

/* While set, this thread takes all blocks from malloc: what a huge text needs goes back when it is done. */
void quartet_parser_use_malloc(int on);

/* Begins to count the work of this thread's next parse, which ends the parse where it is too much. */
void quartet_parser_begin(void);

/* Leaves this thread's free lists to the next thread that begins. It may go on allocating. */
void quartet_parser_end_thread(void);

#ifdef __cplusplus
}
#endif
#endif
