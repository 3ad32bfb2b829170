// Numbers that go from node to node in fewer bytes: floats, bfloat16, bytes with a scale for each block.
#include "include/ck_compress.h"

#include <string.h>

#include "clones.h"
#include "compress.h"

// The same bytes on every CPU, with fused instructions or without.
#pragma clang fp contract(off)

CK_CLONES
void ck_encode_float(size_t n, const float *values, float *residual, void *codes) {
  if (!residual) {
    memcpy(codes, values, n * sizeof(float));
    return;
  }
  ck_loose_float *restrict out = codes;
  const float *restrict v = values;
  float *restrict r = residual;
  for (size_t i = 0; i < n; i++) {
    out[i] = v[i] + r[i];
    r[i] = 0.0f;
  }
}

CK_CLONES
void ck_add_float(size_t n, const void *codes, float *restrict y) {
  const ck_loose_float *restrict in = codes;
  for (size_t i = 0; i < n; i++) y[i] += in[i];
}

// Infinity stays, and NaN stays NaN: rounding up its lower bits could make it infinity.
CK_INLINE uint32_t bf16(float x) {
  ck_bits bits = {.f = x};
  uint32_t i = (uint32_t)bits.i;
  uint32_t nearest = i + 0x7fffu + ((i >> 16) & 1u);
  return (x != x ? (i | 0x400000u) : nearest) >> 16;
}

CK_INLINE float from_bf16(uint16_t code) {
  ck_bits bits = {.i = (int32_t)((uint32_t)code << 16)};
  return bits.f;
}

CK_CLONES
void ck_encode_bf16(size_t n, const float *values, float *residual, void *codes) {
  ck_loose_u16 *restrict out = codes;
  const float *restrict v = values;
  if (!residual) {
    for (size_t i = 0; i < n; i++) out[i] = (uint16_t)bf16(v[i]);
    return;
  }
  float *restrict r = residual;
  for (size_t i = 0; i < n; i++) {
    float p = v[i] + r[i];
    uint32_t code = bf16(p);
    float error = p - from_bf16((uint16_t)code);
    out[i] = (uint16_t)code;
    r[i] = (code & 0x7f80u) == 0x7f80u ? 0.0f : error;
  }
}

CK_CLONES
void ck_decode_bf16(size_t n, const void *codes, float *restrict y) {
  const ck_loose_u16 *restrict in = codes;
  for (size_t i = 0; i < n; i++) y[i] = from_bf16(in[i]);
}

CK_CLONES
void ck_add_bf16(size_t n, const void *codes, float *restrict y) {
  const ck_loose_u16 *restrict in = codes;
  for (size_t i = 0; i < n; i++) y[i] += from_bf16(in[i]);
}

// Adding it leaves a whole number in the low bits of a float: 1.5 * 2^23.
#define CK_WHOLE 12582912.0f

// What stands for a number that is not finite.
#define CK_NO_NUMBER (-128)

// The codes of a block of p, and its scale. With `feeds`, p becomes what was lost.
CK_INLINE float int8_block(
    size_t n, const float *p, float *residual, int8_t *restrict codes, bool feeds) {
  uint32_t most = 0, all = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t m = ck_magnitude(p[i]);
    all = m > all ? m : all;
    m = m < CK_INFINITE ? m : 0;
    most = m > most ? m : most;
  }
  ck_bits scale = {.i = (int32_t)most};
  // 16 bits of the scale: its products with codes are floats, so that all CPUs decode the same numbers. It
  // is rounded down, and no code passes 127 by that. A smaller block waits in the residual: 1 / scale would
  // be infinite.
  scale.f = scale.f < 0x1p-119f ? 0.0f : scale.f / 127.0f;
  scale.i &= (int32_t)0xffffff00;
  float inverse = scale.f > 0.0f ? 1.0f / scale.f : 0.0f;
  CK_IN_PLACE for (size_t i = 0; i < n; i++) {
    ck_bits whole = {.f = p[i] * inverse + CK_WHOLE}, zero = {.f = CK_WHOLE};
    codes[i] = (int8_t)(whole.i - zero.i);
    if (feeds) residual[i] = p[i] - scale.f * (whole.f - CK_WHOLE);
  }
  if (all >= CK_INFINITE) {
    // In place: what p was tells the code that it cannot be, since NaN and infinity leave NaN.
    for (size_t i = 0; i < n; i++) {
      float left = feeds ? residual[i] : p[i];
      if (ck_magnitude(left) < CK_INFINITE) continue;
      codes[i] = CK_NO_NUMBER;
      if (feeds) residual[i] = 0.0f;
    }
  }
  return scale.f;
}

CK_CLONES
void ck_encode_int8(
    size_t n, size_t block, const float *values, float *residual, void *scales, void *codes) {
  ck_loose_float *scale = scales;
  for (size_t start = 0; start < n; start += block) {
    size_t count = ck_least(block, n - start);
    const float *restrict v = values + start;
    int8_t *out = (int8_t *)codes + start;
    if (residual) {
      float *restrict r = residual + start;
      for (size_t i = 0; i < count; i++) r[i] += v[i];
      *scale++ = int8_block(count, r, r, out, true);
    } else {
      *scale++ = int8_block(count, v, NULL, out, false);
    }
  }
}

bool ck_int8_is_valid(size_t block_count, const void *scales) {
  const ck_loose_float *in = scales;
  bool valid = true;
  for (size_t i = 0; i < block_count; i++) valid &= in[i] >= 0.0f && in[i] < __builtin_inff();
  return valid;
}

CK_INLINE float from_int8(int8_t code, float scale) {
  return code == CK_NO_NUMBER ? __builtin_nanf("") : scale * (float)code;
}

CK_CLONES
void ck_decode_int8(size_t n, size_t block, const void *scales, const void *codes, float *y) {
  const ck_loose_float *scale = scales;
  for (size_t start = 0; start < n; start += block, scale++) {
    size_t count = ck_least(block, n - start);
    const int8_t *restrict in = (const int8_t *)codes + start;
    float *restrict out = y + start;
    float s = *scale;
    for (size_t i = 0; i < count; i++) out[i] = from_int8(in[i], s);
  }
}

CK_CLONES
void ck_add_int8(size_t n, size_t block, const void *scales, const void *codes, float *y) {
  const ck_loose_float *scale = scales;
  for (size_t start = 0; start < n; start += block, scale++) {
    size_t count = ck_least(block, n - start);
    const int8_t *restrict in = (const int8_t *)codes + start;
    float *restrict out = y + start;
    float s = *scale;
    for (size_t i = 0; i < count; i++) out[i] += from_int8(in[i], s);
  }
}
