#include "dense_language.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"

/* A packed row: groups of symbols that share one value. */
static void unpack_row(const uint16_t *packed, uint16_t *row) {
  uint16_t group_count = *packed++;
  for (uint16_t group = 0; group < group_count; group++) {
    uint16_t value = *packed++;
    for (uint16_t left = *packed++; left > 0; left--) row[*packed++] = value;
  }
}

const TSLanguage *quartet_dense_language(const TSLanguage *language) {
  TSLanguage *dense = malloc(sizeof(TSLanguage));
  uint16_t *table = calloc((size_t)language->state_count * language->symbol_count, sizeof(uint16_t));
  if (!dense || !table) {
    free(dense);
    free(table);
    return language;
  }
  for (uint32_t state = 0; state < language->state_count; state++) {
    uint16_t *row = table + (size_t)state * language->symbol_count;
    if (state < language->large_state_count) {
      memcpy(row, language->parse_table + (size_t)state * language->symbol_count, language->symbol_count * sizeof(uint16_t));
    } else {
      unpack_row(language->small_parse_table + language->small_parse_table_map[state - language->large_state_count], row);
    }
  }
  memset(dense, 0, sizeof(TSLanguage));
  /* The last field came with ABI 14. */
  memcpy(dense, language, language->version < 14 ? offsetof(TSLanguage, primary_state_ids) : sizeof(TSLanguage));
  dense->parse_table = table;
  dense->large_state_count = language->state_count;
  return dense;
}
