// What every kernel file shares: run-time choice of the instruction set, and vectorizable math.
#ifndef CK_CLONES_H
#define CK_CLONES_H
#include <stddef.h>
#include <stdint.h>

// One binary serves every node of a mixed cluster: the dynamic linker picks the version (ifunc).
#if defined(__x86_64__) && defined(__linux__)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif
#define CK_INLINE static inline __attribute__((always_inline))

// A product and a sum may become one fused instruction. Nothing here assumes that numbers are
// finite: NaN must come out where NaN went in, or a diverged run would look healthy.
#pragma clang fp contract(fast)

// The next loop's iterations do not depend on each other, though output and input may be the same
// memory: without this the compiler takes its scalar version for a call in place.
#define CK_IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

typedef union {
  float f;
  int32_t i;
} ck_bits;

// exp(x), relative error 2e-7; below -87 the smallest normal number, above 88 about 1e38.
// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite); exp(r) by Taylor's series to r^7.
CK_INLINE float ck_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  ck_bits n;
  n.f = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: the low bits become the integer
  float k = n.f - 12582912.0f;
  float r = x - k * 0.693145752f;
  r = r - k * 1.42860677e-6f;
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  ck_bits scale;
  scale.i = (int32_t)((uint32_t)(n.i + 127) << 23);
  return p * scale.f;
}

CK_INLINE size_t ck_least(size_t x, size_t y) { return x < y ? x : y; }

CK_INLINE float ck_abs(float x) { return __builtin_fabsf(x); }

CK_INLINE float ck_sigmoid(float x) {
  float e = ck_exp(-ck_abs(x));
  float s = 1.0f / (1.0f + e);
  return x < 0.0f ? e * s : s;
}

CK_INLINE float ck_tanh(float x) {
  float a = ck_abs(x), e = ck_exp(-2.0f * a);
  float far = (1.0f - e) / (1.0f + e);
  float q = x * x;
  float near = x * (1.0f + q * (-1.0f / 3 + q * (2.0f / 15 + q * (-17.0f / 315))));
  return a < 0.15f ? near : (x < 0.0f ? -far : far);
}

// log(1 + u) for u in [0, 1], relative error 2e-7: 2 artanh(s), s = u / (2 + u) <= 1/3.
CK_INLINE float ck_log1p(float u) {
  float s = u / (2.0f + u), q = s * s;
  float p = 1.0f / 13;
  p = p * q + 1.0f / 11;
  p = p * q + 1.0f / 9;
  p = p * q + 1.0f / 7;
  p = p * q + 1.0f / 5;
  p = p * q + 1.0f / 3;
  p = p * q + 1.0f;
  return 2.0f * s * p;
}

// log(1 + exp(x)), without overflow.
CK_INLINE float ck_softplus(float x) { return (x < 0.0f ? 0.0f : x) + ck_log1p(ck_exp(-ck_abs(x))); }

// The largest of n numbers, in 16 lanes where that pays. A NaN may be passed over: who subtracts the
// result from all numbers meets it again.
CK_INLINE float ck_largest(size_t n, const float *x) {
  float most = x[0];
  size_t j = 0;
  if (n >= 64) {
    float lanes[16];
    for (size_t l = 0; l < 16; l++) lanes[l] = most;
    for (; j + 16 <= n; j += 16)
      for (size_t l = 0; l < 16; l++) lanes[l] = x[j + l] > lanes[l] ? x[j + l] : lanes[l];
    for (size_t l = 0; l < 16; l++) most = lanes[l] > most ? lanes[l] : most;
  }
  for (; j < n; j++) most = x[j] > most ? x[j] : most;
  return most;
}

// erf(x), absolute error 2e-7. Abramowitz and Stegun (1964), formula 7.1.26.
CK_INLINE float ck_erf(float x) {
  float a = ck_abs(x), t = 1.0f / (1.0f + 0.3275911f * a);
  float p = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  float y = 1.0f - p * ck_exp(-a * a);
  return x < 0.0f ? -y : y;
}
#endif
