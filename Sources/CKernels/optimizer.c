#include "include/ck_optimizer.h"

#include "clones.h"

CK_CLONES
void ck_sgd(size_t n, float rate, float decay, float *restrict w, const float *restrict g) {
  for (size_t i = 0; i < n; i++) w[i] = (w[i] - decay * w[i]) - rate * g[i];
}

CK_CLONES
void ck_momentum(
    size_t n, float rate, float momentum, int nesterov, float decay, float *restrict w,
    const float *restrict g, float *restrict v) {
  if (nesterov) {
    for (size_t i = 0; i < n; i++) {
      float next = momentum * v[i] - rate * g[i];
      v[i] = next;
      w[i] = (w[i] - decay * w[i]) + (momentum * next - rate * g[i]);
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      float next = momentum * v[i] - rate * g[i];
      v[i] = next;
      w[i] = (w[i] - decay * w[i]) + next;
    }
  }
}

CK_CLONES
void ck_adam(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float *restrict w,
    const float *restrict g, float *restrict m, float *restrict v) {
  const float keep1 = 1.0f - beta1, keep2 = 1.0f - beta2;
  for (size_t i = 0; i < n; i++) {
    float mean = m[i] + keep1 * (g[i] - m[i]);
    float square = v[i] + keep2 * (g[i] * g[i] - v[i]);
    m[i] = mean;
    v[i] = square;
    w[i] = (w[i] - decay * w[i]) - rate * mean / (__builtin_elementwise_sqrt(square) + epsilon);
  }
}
