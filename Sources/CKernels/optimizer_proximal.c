// The rules of TensorFlow 1.8 that keep parameters at zero:
// tensorflow/core/kernels/training_ops.cc, functors ApplyAdagradDA, ApplyFtrlV2,
// ApplyProximalAdagrad and ApplyProximalGradientDescent.
#include "include/ck_optimizer.h"

#include <math.h>

#include "clones.h"

CK_INLINE float root(float x) { return __builtin_elementwise_sqrt(x); }

// sign(x) max(|x| - limit, 0); NaN stays NaN.
CK_INLINE float shrink(float x, float limit) {
  float rest = ck_abs(x) - limit;
  rest = rest < 0.0f ? 0.0f : rest;
  return x < 0.0f ? -rest : rest;
}

CK_CLONES
void ck_adagrad_da(
    size_t n, float rate, float offset, float l1, float l2, float *restrict w,
    const float *restrict g, float *restrict s, float *restrict a) {
  for (size_t i = 0; i < n; i++) {
    float sum = s[i] + g[i];
    float square = a[i] + g[i] * g[i];
    s[i] = sum;
    a[i] = square;
    w[i] = -rate * shrink(sum, l1) / (l2 + root(square + offset));
  }
}

CK_CLONES
void ck_ftrl(
    size_t n, float rate, float power, float offset, float l1, float l2, float shrinkage,
    float *restrict w, const float *restrict g, float *restrict a, float *restrict z) {
  const float slow = 1.0f / rate;
  if (power == -0.5f) {
    for (size_t i = 0; i < n; i++) {
      float old = root(a[i] + offset);
      float square = a[i] + g[i] * g[i];
      float now = root(square + offset);
      float linear = z[i] + (g[i] + 2.0f * shrinkage * w[i]) - slow * (now - old) * w[i];
      a[i] = square;
      z[i] = linear;
      w[i] = -shrink(linear, l1) / (slow * now + 2.0f * l2);
    }
  } else {
    // Any other power is rare, and powf has no vector form here.
    for (size_t i = 0; i < n; i++) {
      float old = powf(a[i] + offset, -power);
      float square = a[i] + g[i] * g[i];
      float now = powf(square + offset, -power);
      float linear = z[i] + (g[i] + 2.0f * shrinkage * w[i]) - slow * (now - old) * w[i];
      a[i] = square;
      z[i] = linear;
      w[i] = -shrink(linear, l1) / (slow * now + 2.0f * l2);
    }
  }
}

CK_CLONES
void ck_proximal_adagrad(
    size_t n, float rate, float offset, float l1, float l2, float *restrict w,
    const float *restrict g, float *restrict a) {
  for (size_t i = 0; i < n; i++) {
    float square = a[i] + g[i] * g[i];
    a[i] = square;
    float own = rate / root(square + offset);
    w[i] = shrink(w[i] - own * g[i], own * l1) / (1.0f + own * l2);
  }
}

CK_CLONES
void ck_proximal_sgd(
    size_t n, float rate, float l1, float l2, float *restrict w, const float *restrict g) {
  const float limit = rate * l1, divisor = 1.0f + rate * l2;
  for (size_t i = 0; i < n; i++) w[i] = shrink(w[i] - rate * g[i], limit) / divisor;
}
