#include "dense_language.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "recovery_tables.h"

/* A packed row: groups of symbols that share one value. */
static void unpack_row(const uint16_t *packed, uint16_t *row) {
  uint16_t group_count = *packed++;
  for (uint16_t group = 0; group < group_count; group++) {
    uint16_t value = *packed++;
    for (uint16_t left = *packed++; left > 0; left--) row[*packed++] = value;
  }
}

static uint16_t *dense_table(const TSLanguage *language) {
  uint16_t *table = calloc((size_t)language->state_count * language->symbol_count, sizeof(uint16_t));
  if (!table) return NULL;
  for (uint32_t state = 0; state < language->state_count; state++) {
    uint16_t *row = table + (size_t)state * language->symbol_count;
    if (state < language->large_state_count) {
      memcpy(row, language->parse_table + (size_t)state * language->symbol_count, language->symbol_count * sizeof(uint16_t));
    } else {
      unpack_row(language->small_parse_table + language->small_parse_table_map[state - language->large_state_count], row);
    }
  }
  return table;
}

/* An array that grows; `items` is NULL when memory ran out. */
typedef struct {
  void *items;
  size_t size, capacity, item_bytes;
} List;

static void *list_push(List *self) {
  if (self->size == self->capacity) {
    self->capacity = self->capacity ? self->capacity * 2 : 1024;
    void *items = realloc(self->items, self->capacity * self->item_bytes);
    if (!items) return NULL;
    self->items = items;
  }
  return (char *)self->items + self->item_bytes * self->size++;
}

static bool add_reduction(List *reductions, size_t begin, const TSParseAction *action) {
  const ReduceAction *known = reductions->items;
  for (size_t i = begin; i < reductions->size; i++) {
    if (known[i].symbol == action->reduce.symbol && known[i].count == action->reduce.child_count) return true;
  }
  ReduceAction *added = list_push(reductions);
  if (!added) return false;
  *added = (ReduceAction){
    .symbol = action->reduce.symbol,
    .count = action->reduce.child_count,
    .dynamic_precedence = action->reduce.dynamic_precedence,
    .production_id = action->reduce.production_id,
  };
  return true;
}

/* What one token does in one state. The last action decides where it leads, as in ts_language_next_state. */
static bool add_token(QuartetLanguage *tables, List *reductions, List *shifts, TSStateId state, TSSymbol token) {
  const TSLanguage *language = &tables->language;
  const uint16_t action_index = language->parse_table[(size_t)state * language->symbol_count + token];
  if (action_index == 0) return true; /* an error, as most are */
  const TSParseActionEntry *entry = &language->parse_actions[action_index];
  const uint32_t count = entry->entry.count;
  const TSParseAction *actions = (const TSParseAction *)(entry + 1);
  if (count == 0) return true;
  if (actions[0].type == TSParseActionTypeReduce) {
    tables->reduces[(size_t)token * tables->words_per_token + state / 64] |= (uint64_t)1 << (state % 64);
  }
  if (token == 0) return true; /* the end of the text is not a token that could be inserted */
  for (uint32_t i = 0; i < count; i++) {
    const TSParseAction *action = &actions[i];
    if (action->type == TSParseActionTypeShift || action->type == TSParseActionTypeRecover) {
      if (!action->shift.extra && !action->shift.repetition) tables->has_shift[state] = true;
    } else if (action->type == TSParseActionTypeReduce && action->reduce.child_count > 0) {
      if (!add_reduction(reductions, tables->reductions_at[state], action)) return false;
    }
  }
  const TSParseAction *last = &actions[count - 1];
  if (last->type != TSParseActionTypeShift || last->shift.extra) return true;
  if (last->shift.state == 0 || last->shift.state == state) return true;
  QuartetShift *shift = list_push(shifts);
  if (!shift) return false;
  *shift = (QuartetShift){.symbol = token, .next_state = last->shift.state};
  return true;
}

static bool fill_recovery_tables(QuartetLanguage *tables) {
  const TSLanguage *language = &tables->language;
  const size_t num_states = language->state_count;
  tables->words_per_token = (uint32_t)(num_states / 64 + 1);
  tables->reductions_at = calloc(num_states + 1, sizeof(uint32_t));
  tables->shifts_at = calloc(num_states + 1, sizeof(uint32_t));
  tables->has_shift = calloc(num_states, sizeof(bool));
  tables->reduces = calloc((size_t)language->token_count * tables->words_per_token, sizeof(uint64_t));
  if (!tables->reductions_at || !tables->shifts_at || !tables->has_shift || !tables->reduces) return false;
  List reductions = {.item_bytes = sizeof(ReduceAction)};
  List shifts = {.item_bytes = sizeof(QuartetShift)};
  for (uint32_t state = 0; state < num_states; state++) {
    tables->reductions_at[state] = (uint32_t)reductions.size;
    tables->shifts_at[state] = (uint32_t)shifts.size;
    for (uint32_t token = 0; token < language->token_count; token++) {
      if (!add_token(tables, &reductions, &shifts, (TSStateId)state, (TSSymbol)token)) return false;
    }
  }
  tables->reductions_at[num_states] = (uint32_t)reductions.size;
  tables->shifts_at[num_states] = (uint32_t)shifts.size;
  tables->reductions = reductions.items;
  tables->shifts = shifts.items;
  return true;
}

const TSLanguage *quartet_dense_language(const TSLanguage *language) {
  QuartetLanguage *tables = calloc(1, sizeof(QuartetLanguage));
  uint16_t *table = dense_table(language);
  if (!tables || !table) return NULL;
  /* The last field came with ABI 14. */
  memcpy(&tables->language, language,
         language->version < 14 ? offsetof(TSLanguage, primary_state_ids) : sizeof(TSLanguage));
  tables->language.parse_table = table;
  tables->language.large_state_count = language->state_count;
  return fill_recovery_tables(tables) ? &tables->language : NULL;
}
