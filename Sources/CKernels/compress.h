// What the files of the compression share.
#ifndef CK_COMPRESS_INTERNAL_H
#define CK_COMPRESS_INTERNAL_H
#include "clones.h"

// Numbers of a message, which may lie at any address.
typedef float ck_loose_float __attribute__((aligned(1), may_alias));
typedef uint16_t ck_loose_u16 __attribute__((aligned(1), may_alias));
typedef uint32_t ck_loose_u32 __attribute__((aligned(1), may_alias));

// The bits of infinity; those of NaN are above.
#define CK_INFINITE 0x7f800000u

// The bits of |x|, which are ordered as the magnitudes are.
CK_INLINE uint32_t ck_magnitude(float x) {
  ck_bits bits = {.f = x};
  return (uint32_t)bits.i & 0x7fffffffu;
}
#endif
