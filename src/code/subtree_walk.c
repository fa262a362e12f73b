#include "subtree_walk.h"

#include <stdlib.h>

#include "language.h"
#include "subtree.h"
#include "tree.h"

/* One inner subtree whose children are being visited. */
typedef struct {
  Subtree subtree;
  Length position; /* where the previous child ended */
  uint32_t child_index, structural_index;
  uint32_t flat_parent;
  TSFieldId inherited_field; /* of a subtree that is not printed: its children carry it */
  bool closes_flat_node;     /* the subtree is flat_parent itself: its `end` is set when the frame is left */
} Frame;

typedef struct {
  void *items;
  size_t size, capacity, item_bytes;
} Buffer;

static void *buffer_push(Buffer *self) {
  if (self->size == self->capacity) {
    size_t capacity = self->capacity ? self->capacity * 2 : 256;
    void *items = realloc(self->items, capacity * self->item_bytes);
    if (!items) return NULL;
    self->items = items;
    self->capacity = capacity;
  }
  return (char *)self->items + self->item_bytes * self->size++;
}

static bool is_printed(Subtree subtree, TSSymbol alias, const TSLanguage *language) {
  if (ts_subtree_missing(subtree)) return true;
  if (alias) return ts_language_symbol_metadata(language, alias).named;
  return ts_subtree_visible(subtree) && ts_subtree_named(subtree);
}

static uint8_t flat_flags(Subtree subtree, TSSymbol alias, const TSLanguage *language, bool visible) {
  uint8_t flags = 0;
  bool named = alias ? ts_language_symbol_metadata(language, alias).named : ts_subtree_named(subtree);
  if (named) flags |= kFlatNamed;
  if (ts_subtree_missing(subtree)) {
    flags |= kFlatMissing;
    if (ts_subtree_named(subtree)) flags |= kFlatNamed; /* as ts_node_string names it */
  }
  if (ts_subtree_extra(subtree)) flags |= kFlatExtra;
  if (ts_subtree_error_cost(subtree) > 0) flags |= kFlatHasError;
  if (!visible) flags |= kFlatHidden;
  if (is_printed(subtree, alias, language)) flags |= kFlatPrinted;
  if (ts_subtree_is_error(subtree)) {
    flags |= kFlatError;
    if (ts_subtree_child_count(subtree) == 0 && ts_subtree_size(subtree).bytes > 0) flags |= kFlatUnexpected;
  }
  return flags;
}

static TSFieldId own_field(const TSLanguage *language, Subtree parent, uint32_t structural_index) {
  const TSFieldMapEntry *map, *map_end;
  ts_language_field_map(language, parent.ptr->production_id, &map, &map_end);
  for (; map < map_end; map++) {
    if (!map->inherited && map->child_index == structural_index) return map->field_id;
  }
  return 0;
}

/* Adds the subtree's flat node if it has one, and a frame if it has children. False when memory ran out. */
static bool enter(Buffer *nodes, Buffer *frames, const TSLanguage *language, const Subtree *subtree, Length start,
                  TSSymbol alias, TSFieldId field, uint32_t flat_parent) {
  bool visible = ts_subtree_visible(*subtree) || alias;
  bool is_flat = visible || ts_subtree_missing(*subtree);
  uint8_t flags = flat_flags(*subtree, alias, language, visible);
  uint32_t flat_index = (uint32_t)nodes->size;
  if (is_flat) {
    QuartetFlatNode *node = buffer_push(nodes);
    if (!node) return false;
    Length end = length_add(start, ts_subtree_size(*subtree));
    *node = (QuartetFlatNode){
      .id = subtree, .parent = flat_parent, .end = flat_index + 1, .num_children = 0,
      .start_byte = start.bytes, .end_byte = end.bytes,
      .start_row = start.extent.row, .start_column = start.extent.column,
      .end_row = end.extent.row, .end_column = end.extent.column,
      .unexpected = (flags & kFlatUnexpected) ? subtree->ptr->lookahead_char : 0,
      .symbol = alias ? alias : ts_subtree_symbol(*subtree), .alias = alias, .field = field,
      .own_symbol = ts_subtree_symbol(*subtree), .flags = flags, .own_printed = is_printed(*subtree, 0, language),
    };
    if (visible && flat_index > 0) ((QuartetFlatNode *)nodes->items)[flat_parent].num_children++;
  }
  if (ts_subtree_child_count(*subtree) == 0) return true;
  Frame *frame = buffer_push(frames);
  if (!frame) return false;
  *frame = (Frame){
    .subtree = *subtree, .position = start, .child_index = 0, .structural_index = 0,
    .flat_parent = is_flat ? flat_index : flat_parent,
    .inherited_field = (flags & kFlatPrinted) ? 0 : field,
    .closes_flat_node = is_flat,
  };
  return true;
}

static bool walk(Buffer *nodes, Buffer *frames, const TSTree *tree) {
  const TSLanguage *language = tree->language;
  if (!enter(nodes, frames, language, &tree->root, ts_subtree_padding(tree->root), 0, 0, 0)) return false;
  while (frames->size > 0) {
    Frame *frame = (Frame *)frames->items + frames->size - 1;
    if (frame->child_index == frame->subtree.ptr->child_count) {
      if (frame->closes_flat_node) ((QuartetFlatNode *)nodes->items)[frame->flat_parent].end = (uint32_t)nodes->size;
      frames->size--;
      continue;
    }
    const Subtree *child = &ts_subtree_children(frame->subtree)[frame->child_index];
    TSSymbol alias = 0;
    TSFieldId field = 0;
    if (!ts_subtree_extra(*child)) {
      const TSSymbol *aliases = ts_language_alias_sequence(language, frame->subtree.ptr->production_id);
      if (aliases) alias = aliases[frame->structural_index];
      field = own_field(language, frame->subtree, frame->structural_index);
      if (!field) field = frame->inherited_field;
      frame->structural_index++;
    }
    if (frame->child_index > 0) frame->position = length_add(frame->position, ts_subtree_padding(*child));
    Length start = frame->position;
    frame->position = length_add(start, ts_subtree_size(*child));
    frame->child_index++;
    if (!enter(nodes, frames, language, child, start, alias, field, frame->flat_parent)) return false;
  }
  return true;
}

uint32_t quartet_flatten_tree(const TSTree *tree, QuartetFlatNode **result) {
  Buffer nodes = {.item_bytes = sizeof(QuartetFlatNode)};
  Buffer frames = {.item_bytes = sizeof(Frame)};
  bool complete = walk(&nodes, &frames, tree);
  free(frames.items);
  if (!complete) {
    free(nodes.items);
    nodes.items = NULL;
    nodes.size = 0;
  }
  *result = nodes.items;
  return (uint32_t)nodes.size;
}

/* A subtree that is not printed in the s-expression that begins with it: its name in quotes, then its children, of which
 * those without a field of their own are taken for beginnings too. */
static void visit_unprinted(const TSLanguage *language, Subtree subtree, bool is_beginning, TSFieldId inherited_field,
                            void (*visit)(void *, const QuartetRootPart *), void *context) {
  if (is_beginning) visit(context, &(QuartetRootPart){.symbol = ts_subtree_symbol(subtree)});
  uint32_t structural_index = 0;
  for (uint32_t i = 0; i < ts_subtree_child_count(subtree); i++) {
    const Subtree *child = &ts_subtree_children(subtree)[i];
    bool extra = ts_subtree_extra(*child);
    TSSymbol alias = 0;
    TSFieldId field = 0;
    if (!extra) {
      const TSSymbol *aliases = ts_language_alias_sequence(language, subtree.ptr->production_id);
      if (aliases) alias = aliases[structural_index];
      field = own_field(language, subtree, structural_index);
      if (!field) field = inherited_field;
      structural_index++;
    }
    if (is_printed(*child, alias, language)) {
      visit(context, &(QuartetRootPart){.id = child, .field = field, .extra = extra});
    } else {
      visit_unprinted(language, *child, is_beginning && !field && !extra, field, visit, context);
    }
  }
}

void quartet_visit_root_parts(const TSTree *tree, const void *id, void (*visit)(void *, const QuartetRootPart *),
                              void *context) {
  visit_unprinted(tree->language, *(const Subtree *)id, true, 0, visit, context);
}
