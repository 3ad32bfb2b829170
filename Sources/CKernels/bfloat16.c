// Floats as bfloat16: the upper 16 bits, rounded to nearest, ties to even.
#include "clones.h"
#include "ck_bfloat16.h"

// Infinity stays, and NaN stays NaN: rounding up its lower bits could make it infinity.
CK_INLINE uint32_t rounded(float x) {
  ck_bits bits = {.f = x};
  uint32_t i = (uint32_t)bits.i;
  uint32_t nearest = i + 0x7fffu + ((i >> 16) & 1u);
  return x != x ? (i | 0x400000u) : nearest;
}

CK_CLONES void ck_to_bfloat16(size_t n, const float *restrict x, uint16_t *restrict y) {
  for (size_t i = 0; i < n; i++) y[i] = (uint16_t)(rounded(x[i]) >> 16);
}

CK_CLONES void ck_round_to_bfloat16(size_t n, const float *restrict x, float *restrict y) {
  for (size_t i = 0; i < n; i++) {
    ck_bits bits = {.i = (int32_t)(rounded(x[i]) & 0xffff0000u)};
    y[i] = bits.f;
  }
}
