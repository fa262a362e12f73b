/* Flattens a tree-sitter tree into one array, in one pass over the runtime's own structures.
 *
 * The public node functions search for a node's position again at every step and do not show hidden MISSING leaves,
 * which `ts_node_string` prints. The runtime is pinned to one version by checksum, so its internals may be read here.
 */
#ifndef QUARTET_CODE_SUBTREE_WALK_H_
#define QUARTET_CODE_SUBTREE_WALK_H_

#include <stdint.h>
#include <tree_sitter/api.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  kFlatNamed = 1,       /* named, or aliased to a named symbol */
  kFlatMissing = 2,     /* inserted by error recovery, zero width */
  kFlatExtra = 4,       /* comments and the like */
  kFlatError = 8,       /* an ERROR node */
  kFlatUnexpected = 16, /* an ERROR leaf: one character that fits nowhere */
  kFlatHasError = 32,   /* contains an error */
  kFlatHidden = 64,     /* a hidden MISSING leaf: no node for the public functions */
  kFlatPrinted = 128,   /* appears in the s-expression when inside another node */
};

/* Nodes are in pre-order; `end` is one past the last descendant. */
typedef struct {
  const void* id; /* TSNode.id */
  uint32_t parent, end, num_children;
  uint32_t start_byte, end_byte;
  uint32_t start_row, start_column, end_row, end_column; /* columns in bytes */
  int32_t unexpected;                                    /* the character of an unexpected leaf */
  uint16_t symbol, alias, field;
  uint16_t own_symbol; /* what the node is without its alias */
  uint8_t flags;
  uint8_t own_printed; /* named and visible without its alias, or missing */
} QuartetFlatNode;

/* The buffers of the walk, for many trees. NULL when memory ran out. */
typedef struct QuartetFlattener QuartetFlattener;
QuartetFlattener* quartet_new_flattener(void);
void quartet_delete_flattener(QuartetFlattener* self);

/* Returns the number of nodes, and in *nodes an array that holds until the next call; 0 when memory ran out. */
uint32_t quartet_flatten_tree(QuartetFlattener* self, const TSTree* tree, const QuartetFlatNode** nodes);

/* What stands in the s-expression of a node whose `own_printed` is 0, in order: symbols in quotes, and printed nodes.
 */
typedef struct {
  const void* id;  /* a printed node's TSNode.id, or NULL for a quoted symbol */
  uint16_t symbol; /* the quoted symbol */
  uint16_t field;  /* of a printed node */
  uint8_t extra;   /* a printed node is set apart by a blank only */
} QuartetRootPart;

/* Calls visit(context, part) for every part of the node with that TSNode.id. */
void quartet_visit_root_parts(const TSTree* tree, const void* id, void (*visit)(void*, const QuartetRootPart*),
                              void* context);

#ifdef __cplusplus
}
#endif
#endif
