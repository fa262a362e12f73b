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
  const TSSymbol *aliases; /* of the children by structural index, or NULL */
  const TSFieldMapEntry *fields, *fields_end;
  TSFieldId inherited_field; /* of a subtree that is not printed: its children carry it */
  bool closes_flat_node;     /* the subtree is flat_parent itself: its `end` is set when the frame is left */
} Frame;

struct QuartetFlattener {
  QuartetFlatNode *nodes;
  uint32_t num_nodes, node_capacity;
  Frame *frames;
  uint32_t num_frames, frame_capacity;
};

QuartetFlattener *quartet_new_flattener(void) {
  return calloc(1, sizeof(QuartetFlattener));
}

void quartet_delete_flattener(QuartetFlattener *self) {
  if (!self) return;
  free(self->nodes);
  free(self->frames);
  free(self);
}

/* Room for so many items; false when memory ran out. */
static bool reserve(void **items, uint32_t *capacity, size_t item_bytes, uint32_t wanted) {
  if (wanted <= *capacity) return true;
  void *grown = realloc(*items, wanted * item_bytes);
  if (!grown) return false;
  *items = grown;
  *capacity = wanted;
  return true;
}

/* Half as much room again. */
static bool grow(void **items, uint32_t *capacity, size_t item_bytes) {
  return reserve(items, capacity, item_bytes, *capacity + *capacity / 2 + 1024);
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

static TSFieldId field_at(const TSFieldMapEntry *map, const TSFieldMapEntry *map_end, uint32_t structural_index) {
  for (; map < map_end; map++) {
    if (!map->inherited && map->child_index == structural_index) return map->field_id;
  }
  return 0;
}

/* Adds the subtree's flat node if it has one, and a frame if it has children. False when memory ran out. */
static inline bool enter(QuartetFlattener *self, const TSLanguage *language, const Subtree *subtree, Length start,
                         TSSymbol alias, TSFieldId field, uint32_t flat_parent) {
  const bool visible = ts_subtree_visible(*subtree) || alias;
  const bool is_flat = visible || ts_subtree_missing(*subtree);
  const uint32_t child_count = ts_subtree_child_count(*subtree);
  uint8_t flags = 0;
  const uint32_t flat_index = self->num_nodes;
  if (is_flat) {
    if (flat_index == self->node_capacity &&
        !grow((void **)&self->nodes, &self->node_capacity, sizeof(QuartetFlatNode))) {
      return false;
    }
    flags = flat_flags(*subtree, alias, language, visible);
    const Length end = length_add(start, ts_subtree_size(*subtree));
    self->nodes[self->num_nodes++] = (QuartetFlatNode){
      .id = subtree, .parent = flat_parent, .end = flat_index + 1, .num_children = 0,
      .start_byte = start.bytes, .end_byte = end.bytes,
      .start_row = start.extent.row, .start_column = start.extent.column,
      .end_row = end.extent.row, .end_column = end.extent.column,
      .unexpected = (flags & kFlatUnexpected) ? subtree->ptr->lookahead_char : 0,
      .symbol = alias ? alias : ts_subtree_symbol(*subtree), .alias = alias, .field = field,
      .own_symbol = ts_subtree_symbol(*subtree), .flags = flags, .own_printed = is_printed(*subtree, 0, language),
    };
    if (visible && flat_index > 0) self->nodes[flat_parent].num_children++;
  }
  if (child_count == 0) return true;
  if (self->num_frames == self->frame_capacity &&
      !grow((void **)&self->frames, &self->frame_capacity, sizeof(Frame))) {
    return false;
  }
  const uint32_t production = subtree->ptr->production_id;
  Frame *frame = &self->frames[self->num_frames++];
  *frame = (Frame){
    .subtree = *subtree, .position = start, .child_index = 0, .structural_index = 0,
    .flat_parent = is_flat ? flat_index : flat_parent,
    .aliases = ts_language_alias_sequence(language, production),
    .inherited_field = (flags & kFlatPrinted) ? 0 : field, /* what is not flat is not printed */
    .closes_flat_node = is_flat,
  };
  ts_language_field_map(language, production, &frame->fields, &frame->fields_end);
  return true;
}

static bool walk(QuartetFlattener *self, const TSTree *tree) {
  const TSLanguage *language = tree->language;
  self->num_nodes = self->num_frames = 0;
  const uint32_t num_visible = ts_subtree_visible_descendant_count(tree->root) + 1; /* hidden missing leaves come on top */
  if (!reserve((void **)&self->nodes, &self->node_capacity, sizeof(QuartetFlatNode), num_visible)) return false;
  if (!enter(self, language, &tree->root, ts_subtree_padding(tree->root), 0, 0, 0)) return false;
  while (self->num_frames > 0) {
    Frame *frame = &self->frames[self->num_frames - 1];
    if (frame->child_index == frame->subtree.ptr->child_count) {
      if (frame->closes_flat_node) self->nodes[frame->flat_parent].end = self->num_nodes;
      self->num_frames--;
      continue;
    }
    const Subtree *child = &ts_subtree_children(frame->subtree)[frame->child_index];
    TSSymbol alias = 0;
    TSFieldId field = 0;
    if (!ts_subtree_extra(*child)) {
      if (frame->aliases) alias = frame->aliases[frame->structural_index];
      field = field_at(frame->fields, frame->fields_end, frame->structural_index);
      if (!field) field = frame->inherited_field;
      frame->structural_index++;
    }
    if (frame->child_index > 0) frame->position = length_add(frame->position, ts_subtree_padding(*child));
    const Length start = frame->position;
    frame->position = length_add(start, ts_subtree_size(*child));
    frame->child_index++;
    if (!enter(self, language, child, start, alias, field, frame->flat_parent)) return false;
  }
  return true;
}

uint32_t quartet_flatten_tree(QuartetFlattener *self, const TSTree *tree, const QuartetFlatNode **nodes) {
  const bool complete = walk(self, tree);
  *nodes = self->nodes;
  return complete ? self->num_nodes : 0;
}

/* A subtree that is not printed in the s-expression that begins with it: its name in quotes, then its children, of which
 * those without a field of their own are taken for beginnings too. */
static void visit_unprinted(const TSLanguage *language, Subtree subtree, bool is_beginning, TSFieldId inherited_field,
                            void (*visit)(void *, const QuartetRootPart *), void *context) {
  if (is_beginning) visit(context, &(QuartetRootPart){.symbol = ts_subtree_symbol(subtree)});
  uint32_t structural_index = 0;
  const TSFieldMapEntry *fields, *fields_end;
  if (ts_subtree_child_count(subtree) > 0) {
    ts_language_field_map(language, subtree.ptr->production_id, &fields, &fields_end);
  }
  for (uint32_t i = 0; i < ts_subtree_child_count(subtree); i++) {
    const Subtree *child = &ts_subtree_children(subtree)[i];
    bool extra = ts_subtree_extra(*child);
    TSSymbol alias = 0;
    TSFieldId field = 0;
    if (!extra) {
      const TSSymbol *aliases = ts_language_alias_sequence(language, subtree.ptr->production_id);
      if (aliases) alias = aliases[structural_index];
      field = field_at(fields, fields_end, structural_index);
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
