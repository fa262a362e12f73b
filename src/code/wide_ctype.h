/* Forced into the grammars with -include: their scanners ask the C library about characters, whose answer depends on
 * the process's locale. These answers are those of any UTF-8 locale of glibc, which is what Python programs run in. */
#ifndef QUARTET_CODE_WIDE_CTYPE_H_
#define QUARTET_CODE_WIDE_CTYPE_H_

/* The headers that C++ scanners include would take the names below away again if they came later. */
#ifdef __cplusplus
#include <cctype>
#include <cwctype>
#endif
#include <ctype.h>
#include <stddef.h>
#include <wctype.h>

typedef struct {
  wint_t first, last;
} QuartetRange;
#include "wide_ctype_ranges.inc"

static inline int quartet_in_ranges(const QuartetRange* ranges, size_t count, wint_t c) {
  size_t low = 0, high = count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (c > ranges[middle].last) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count && c >= ranges[low].first;
}

static inline int quartet_iswspace(wint_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200a && c != 0x2007) || c == 0x2028 || c == 0x2029 || c == 0x205f ||
         c == 0x3000;
}

static inline int quartet_iswdigit(wint_t c) {
  return c >= '0' && c <= '9';
}

static inline int quartet_iswlower(wint_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z';
  return quartet_in_ranges(quartet_small_letters, sizeof(quartet_small_letters) / sizeof(QuartetRange), c);
}

static inline int quartet_iswalpha(wint_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return quartet_in_ranges(quartet_letters, sizeof(quartet_letters) / sizeof(QuartetRange), c);
}

static inline int quartet_iswalnum(wint_t c) {
  return quartet_iswdigit(c) || quartet_iswalpha(c);
}

/* Scanners ask this one about any character: the library's own would read behind its table. */
static inline int quartet_isxdigit(wint_t c) {
  return quartet_iswdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

#undef iswspace
#undef iswdigit
#undef iswlower
#undef iswalpha
#undef iswalnum
#undef isxdigit
#define iswspace quartet_iswspace
#define iswdigit quartet_iswdigit
#define iswlower quartet_iswlower
#define iswalpha quartet_iswalpha
#define iswalnum quartet_iswalnum
#define isxdigit quartet_isxdigit

#endif
