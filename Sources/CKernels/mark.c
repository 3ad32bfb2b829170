// Finds separators, quotes and line ends in a text, 64 bytes at a time.
#include "ck_mark.h"
#include "clones.h"
#include <string.h>

typedef uint8_t ck_bytes64 __attribute__((ext_vector_type(64)));
typedef _Bool ck_mask64 __attribute__((ext_vector_type(64)));

CK_INLINE uint64_t ck_mark_64(const uint8_t *bytes, const uint8_t wanted[4]) {
  ck_bytes64 text;
  memcpy(&text, bytes, sizeof text);
  ck_mask64 mask = __builtin_convertvector(
      (text == wanted[0]) | (text == wanted[1]) | (text == wanted[2]) | (text == wanted[3]),
      ck_mask64);
  uint64_t bits;
  memcpy(&bits, &mask, sizeof bits);
  return bits;
}

CK_CLONES void ck_mark(
    const uint8_t *bytes, size_t count, const uint8_t wanted[4], uint64_t *marks) {
  size_t whole = count / 64, rest = count % 64;
  for (size_t i = 0; i < whole; i++) marks[i] = ck_mark_64(bytes + 64 * i, wanted);
  if (rest == 0) return;
  uint8_t tail[64] = {0};
  memcpy(tail, bytes + 64 * whole, rest);
  marks[whole] = ck_mark_64(tail, wanted) & ((UINT64_C(1) << rest) - 1);
}
