/* What the runtime's error recovery wants to know about a parse state, looked up instead of searched for. Included by the
 * runtime's parser.c in the places that cmake/TreeSitter.cmake names. Every language must come from
 * quartet_dense_language. */
#ifndef QUARTET_CODE_RECOVERY_TABLES_H_
#define QUARTET_CODE_RECOVERY_TABLES_H_

#include <stdbool.h>
#include <stdint.h>

#include "language.h"
#include "reduce_action.h"

/* A token that can be shifted, and the state behind it. */
typedef struct {
  TSSymbol symbol;
  TSStateId next_state;
} QuartetShift;

typedef struct {
  TSLanguage language; /* first: a pointer to it is a pointer to the whole */
  /* By state: the distinct reductions that any token asks for, in the order of tokens; slices of `reductions`. */
  uint32_t *reductions_at;
  ReduceAction *reductions;
  /* By state: whether some token is shifted (other than extras and repetitions). */
  bool *has_shift;
  /* By state: the tokens that lead to another state, in order; slices of `shifts`. */
  uint32_t *shifts_at;
  QuartetShift *shifts;
  /* By token, one bit a state: the first action is a reduction. */
  uint64_t *reduces;
  uint32_t words_per_token;
} QuartetLanguage;

static inline const QuartetLanguage *quartet_language(const TSLanguage *language) {
  return (const QuartetLanguage *)language;
}

/* Adds the reductions of all tokens; true if some token can be shifted. */
static inline bool quartet_add_reductions(const TSLanguage *language, TSStateId state, ReduceActionSet *actions) {
  const QuartetLanguage *tables = quartet_language(language);
  const uint32_t begin = tables->reductions_at[state];
  const uint32_t count = tables->reductions_at[state + 1] - begin;
  array_reserve(actions, count);
  if (count > 0) memcpy(actions->contents, tables->reductions + begin, count * sizeof(ReduceAction));
  actions->size = count;
  return tables->has_shift[state];
}

/* As ts_language_has_reduce_action. */
static inline bool quartet_has_reduction(const TSLanguage *language, TSStateId state, TSSymbol token) {
  if (token >= language->token_count) return false; /* ERROR */
  const QuartetLanguage *tables = quartet_language(language);
  return tables->reduces[(size_t)token * tables->words_per_token + state / 64] >> (state % 64) & 1;
}

#endif
