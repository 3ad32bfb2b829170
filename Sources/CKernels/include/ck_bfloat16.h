// Floats as bfloat16: 8 bits of exponent, 7 of fraction; rounded to nearest, ties to even.
#ifndef CK_BFLOAT16_H
#define CK_BFLOAT16_H
#include <stddef.h>
#include <stdint.h>

/// Writes n floats as bfloat16; the memory must not overlap.
void ck_to_bfloat16(size_t n, const float *x, uint16_t *y);

/// Writes n floats as the nearest floats that bfloat16 can hold; the memory must not overlap.
void ck_round_to_bfloat16(size_t n, const float *x, float *y);
#endif
