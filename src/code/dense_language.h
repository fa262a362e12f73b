/* A copy of a grammar's tables that answers every look-up with one read, and lists of what error recovery asks for.
 *
 * tree-sitter packs the rows of most parse states and searches them one entry after the other. Error recovery asks for
 * all tokens of a state, which takes half of the time on broken code; models write much of that. */
#ifndef QUARTET_CODE_DENSE_LANGUAGE_H_
#define QUARTET_CODE_DENSE_LANGUAGE_H_

#include <tree_sitter/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Never freed; call it once for a grammar. NULL when memory runs out. Parses are the same. */
const TSLanguage* quartet_dense_language(const TSLanguage* language);

#ifdef __cplusplus
}
#endif
#endif
