// Conversion of a file's numbers to float, and byte swaps: compiled once per instruction set and
// chosen at load time, so that one binary serves every node of a mixed cluster.
#include "ck_convert.h"
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONED
#endif

#define CONVERT(name, type)                                                              \
  CLONED void name(float *restrict out, const type *restrict in, size_t count) {         \
    for (size_t i = 0; i < count; i++) out[i] = (float)in[i];                            \
  }
CONVERT(ck_float_from_u8, uint8_t)
CONVERT(ck_float_from_i8, int8_t)
CONVERT(ck_float_from_u16, uint16_t)
CONVERT(ck_float_from_i16, int16_t)
CONVERT(ck_float_from_u32, uint32_t)
CONVERT(ck_float_from_i32, int32_t)
CONVERT(ck_float_from_u64, uint64_t)
CONVERT(ck_float_from_i64, int64_t)
CONVERT(ck_float_from_f64, double)

// Integer arithmetic and one exact product instead of _Float16, which needs a library call where
// the instruction set has no half precision. Subnormal halves are normal floats, made by the
// product; infinities and NaNs get the float's exponent.
CLONED void ck_float_from_f16(float *restrict out, const uint16_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t sign = (uint32_t)(in[i] & 0x8000u) << 16;
    uint32_t rest = (uint32_t)(in[i] & 0x7fffu) << 13;
    uint32_t special = rest >= 0x0f800000u ? 0x7f800000u : 0;
    float magnitude;
    memcpy(&magnitude, &rest, sizeof magnitude);
    magnitude *= 0x1p112f;
    uint32_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    bits |= sign | special;
    memcpy(out + i, &bits, sizeof bits);
  }
}

CLONED void ck_swap_16(uint16_t *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = __builtin_bswap16(values[i]);
}
CLONED void ck_swap_32(uint32_t *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = __builtin_bswap32(values[i]);
}
CLONED void ck_swap_64(uint64_t *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = __builtin_bswap64(values[i]);
}
