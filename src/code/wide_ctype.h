/* Forced into the grammars with -include: their scanners ask the C library about characters, whose answer depends on
 * the process's locale. These answers are those of any UTF-8 locale of glibc, which is what Python programs run in. */
#ifndef QUARTET_CODE_WIDE_CTYPE_H_
#define QUARTET_CODE_WIDE_CTYPE_H_

#include <stddef.h>
#include <wctype.h>

static inline int quartet_iswspace(wint_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200a && c != 0x2007) || c == 0x2028 || c == 0x2029 || c == 0x205f ||
         c == 0x3000;
}

static inline int quartet_iswdigit(wint_t c) {
  return c >= '0' && c <= '9';
}

/* Beyond ASCII: letters, digits and numbers (glibc also has a few marks and symbols here). */
static inline int quartet_iswalpha(wint_t c) {
  static const struct {
    wint_t first, last;
  } ranges[] = {
#include "python_word_ranges.inc"
  };
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && ranges[i].first <= c; ++i) {
    if (c <= ranges[i].last) return 1;
  }
  return 0;
}

#undef iswspace
#undef iswdigit
#undef iswalpha
#define iswspace quartet_iswspace
#define iswdigit quartet_iswdigit
#define iswalpha quartet_iswalpha

#endif
