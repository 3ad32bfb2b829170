// What the loss kernels share.
#ifndef CK_LOSS_MATH_H
#define CK_LOSS_MATH_H
#include <math.h>

#include "clones.h"
#include "include/ck_loss.h"

#define EPSILON 1e-7f

// log(x), relative error 2e-7 (absolute near x = 1), vectorizable; -infinity at 0, NaN below. For
// normal numbers. x = m 2^k with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh((m - 1) / (m + 1)).
CK_INLINE float ck_log(float x) {
  ck_bits b;
  b.f = x;
  int32_t k = (b.i - 0x3f3504f3) >> 23;
  b.i -= (int32_t)((uint32_t)k << 23);
  float s = (b.f - 1.0f) / (b.f + 1.0f), q = s * s;
  float p = 1.0f / 9;
  p = p * q + 1.0f / 7;
  p = p * q + 1.0f / 5;
  p = p * q + 1.0f / 3;
  float r = 2.0f * s + 2.0f * s * q * p;
  r = (float)k * 1.42860677e-6f + r + (float)k * 0.693145752f;
  return x > 0.0f ? r : (x == 0.0f ? -INFINITY : NAN);
}

// x^a for x in [0, 1]; what is below counts as the smallest normal number.
CK_INLINE float ck_power(float x, float a) {
  return ck_exp(a * ck_log(x < 1.2e-38f ? 1.2e-38f : x));
}

// min(max(p, epsilon), 1 - epsilon), NaN kept.
CK_INLINE float clip(float p) {
  p = p < EPSILON ? EPSILON : p;
  return p > 1.0f - EPSILON ? 1.0f - EPSILON : p;
}

// Whether p lies where clipping has slope 1 (NaN counts as inside).
CK_INLINE int inside(float p) { return !(p < EPSILON || p > 1.0f - EPSILON); }

// The class number in `label`, or -1 when it is none of 0..<columns (NaN included).
CK_INLINE long class_of(float label, size_t columns) {
  return label >= 0.0f && label < (float)columns && (float)(long)label == label ? (long)label : -1;
}

CK_INLINE float weight_of(ck_weights weights, size_t row) {
  return weights.w ? weights.w[row / weights.spread] : 1.0f;
}
#endif
