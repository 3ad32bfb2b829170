// The rules that divide by a size of the gradient. `optimizer.c` has SGD, momentum and Adam.
#include "include/ck_optimizer.h"

#include "clones.h"

CK_INLINE float root(float x) { return __builtin_elementwise_sqrt(x); }

CK_CLONES
void ck_amsgrad(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float *restrict w,
    const float *restrict g, float *restrict m, float *restrict v, float *restrict h) {
  const float keep1 = 1.0f - beta1, keep2 = 1.0f - beta2;
  for (size_t i = 0; i < n; i++) {
    float mean = m[i] + keep1 * (g[i] - m[i]);
    float square = v[i] + keep2 * (g[i] * g[i] - v[i]);
    float most = square > h[i] ? square : h[i];
    m[i] = mean;
    v[i] = square;
    h[i] = most;
    w[i] = (w[i] - decay * w[i]) - rate * mean / (root(most) + epsilon);
  }
}

CK_CLONES
void ck_nadam(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float slope,
    float pull, float correct, float *restrict w, const float *restrict g, float *restrict m,
    float *restrict v) {
  const float keep1 = 1.0f - beta1, keep2 = 1.0f - beta2;
  for (size_t i = 0; i < n; i++) {
    float mean = m[i] + keep1 * (g[i] - m[i]);
    float square = v[i] + keep2 * (g[i] * g[i] - v[i]);
    m[i] = mean;
    v[i] = square;
    float ahead = slope * mean + pull * g[i];
    w[i] = (w[i] - decay * w[i]) - rate * ahead / (root(correct * square) + epsilon);
  }
}

CK_CLONES
void ck_adamax(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float *restrict w,
    const float *restrict g, float *restrict m, float *restrict u) {
  const float keep1 = 1.0f - beta1;
  for (size_t i = 0; i < n; i++) {
    float mean = m[i] + keep1 * (g[i] - m[i]);
    float old = beta2 * u[i], now = ck_abs(g[i]);
    float most = old > now ? old : now;
    m[i] = mean;
    u[i] = most;
    w[i] = (w[i] - decay * w[i]) - rate * mean / (most + epsilon);
  }
}

// Inlined four times, so that each loop knows whether it has a mean and a speed.
CK_INLINE void rmsprop(
    size_t n, float rate, float rho, float momentum, float epsilon, float decay, float *restrict w,
    const float *restrict g, float *restrict v, float *restrict mean, float *restrict speed,
    int centered, int moving) {
  const float keep = 1.0f - rho;
  for (size_t i = 0; i < n; i++) {
    float square = rho * v[i] + keep * g[i] * g[i];
    v[i] = square;
    if (centered) {
      float average = rho * mean[i] + keep * g[i];
      mean[i] = average;
      square = square - average * average;
      // A variance; only rounding makes it negative, and its root then no number.
      square = square < 0.0f ? 0.0f : square;
    }
    float change = rate * g[i] / root(square + epsilon);
    if (moving) {
      change = momentum * speed[i] + change;
      speed[i] = change;
    }
    w[i] = (w[i] - decay * w[i]) - change;
  }
}

CK_CLONES
void ck_rmsprop(
    size_t n, float rate, float rho, float momentum, float epsilon, float decay, float *restrict w,
    const float *restrict g, float *restrict v, float *restrict mean, float *restrict speed) {
  if (mean && speed)
    rmsprop(n, rate, rho, momentum, epsilon, decay, w, g, v, mean, speed, 1, 1);
  else if (mean)
    rmsprop(n, rate, rho, momentum, epsilon, decay, w, g, v, mean, speed, 1, 0);
  else if (speed)
    rmsprop(n, rate, rho, momentum, epsilon, decay, w, g, v, mean, speed, 0, 1);
  else
    rmsprop(n, rate, rho, momentum, epsilon, decay, w, g, v, mean, speed, 0, 0);
}

CK_CLONES
void ck_adadelta(
    size_t n, float rate, float rho, float epsilon, float decay, float *restrict w,
    const float *restrict g, float *restrict a, float *restrict d) {
  const float keep = 1.0f - rho;
  for (size_t i = 0; i < n; i++) {
    float square = rho * a[i] + keep * g[i] * g[i];
    float change = root(d[i] + epsilon) * g[i] / root(square + epsilon);
    a[i] = square;
    d[i] = rho * d[i] + keep * change * change;
    w[i] = (w[i] - decay * w[i]) - rate * change;
  }
}

CK_CLONES
void ck_adagrad(
    size_t n, float rate, float offset, float decay, float *restrict w, const float *restrict g,
    float *restrict a) {
  for (size_t i = 0; i < n; i++) {
    float square = a[i] + g[i] * g[i];
    a[i] = square;
    w[i] = (w[i] - decay * w[i]) - rate * g[i] / root(square + offset);
  }
}

CK_CLONES
void ck_lion(
    size_t n, float rate, float beta1, float beta2, float decay, float *restrict w,
    const float *restrict g, float *restrict m) {
  const float keep1 = 1.0f - beta1, keep2 = 1.0f - beta2;
  for (size_t i = 0; i < n; i++) {
    float c = beta1 * m[i] + keep1 * g[i];
    // Zero stays zero, and NaN stays NaN.
    float sign = c > 0.0f ? 1.0f : (c < 0.0f ? -1.0f : c);
    m[i] = beta2 * m[i] + keep2 * g[i];
    w[i] = (w[i] - decay * w[i]) - rate * sign;
  }
}
