// What needs the size of a whole array: LAMB, LARS, clipping; and the passes around a rule.
#include "include/ck_optimizer.h"

#include "clones.h"

// Sixteen sums side by side become vectors; doubles, since a layer has millions of terms.
#define LANES 16

CK_INLINE double total(const double *lanes) {
  double sum = 0;
  for (size_t l = 0; l < LANES; l++) sum += lanes[l];
  return sum;
}

// Adds n squares to LANES sums.
CK_INLINE void add_squares(size_t n, const float *x, double *lanes) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] += (double)x[i + l] * (double)x[i + l];
  for (; i < n; i++) lanes[0] += (double)x[i] * (double)x[i];
}

CK_CLONES
double ck_sum_of_squares(size_t n, const float *x) {
  double lanes[LANES] = {0};
  add_squares(n, x, lanes);
  return total(lanes);
}

// Sums of a part of the numbers are in single precision, their total is in double.
#define PART 4096
#define WIDE 64

CK_CLONES
double ck_quick_sum_of_squares(size_t n, const float *x) {
  double sum = 0;
  for (size_t start = 0; start < n; start += PART) {
    size_t count = n - start < PART ? n - start : PART, i = 0;
    const float *part = x + start;
    float lanes[WIDE] = {0}, rest = 0;
    for (; i + WIDE <= count; i += WIDE)
      for (size_t l = 0; l < WIDE; l++) lanes[l] += part[i + l] * part[i + l];
    for (; i < count; i++) rest += part[i] * part[i];
    for (size_t l = 0; l < WIDE; l++) rest += lanes[l];
    sum += rest;
  }
  return sum;
}

CK_INLINE float lamb_change(float m, float v, float epsilon, float correct1, float correct2) {
  return correct1 * m / (__builtin_elementwise_sqrt(correct2 * v) + epsilon);
}

// Places that are done at a time, so that their changes stay in the nearest cache.
#define BLOCK 256

CK_CLONES
void ck_lamb_moments(
    size_t n, float beta1, float beta2, float epsilon, float decay, float correct1, float correct2,
    float *restrict w, const float *restrict g, float *restrict m, float *restrict v,
    double *restrict squares) {
  const float keep1 = 1.0f - beta1, keep2 = 1.0f - beta2;
  double sizes[LANES] = {0}, changes[LANES] = {0};
  float change[BLOCK];
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t count = n - start < BLOCK ? n - start : BLOCK;
    for (size_t l = 0; l < count; l++) {
      size_t i = start + l;
      float mean = m[i] + keep1 * (g[i] - m[i]);
      float square = v[i] + keep2 * (g[i] * g[i] - v[i]);
      m[i] = mean;
      v[i] = square;
      w[i] = w[i] - decay * w[i];
      change[l] = lamb_change(mean, square, epsilon, correct1, correct2);
    }
    add_squares(count, w + start, sizes);
    add_squares(count, change, changes);
  }
  squares[0] = total(sizes);
  squares[1] = total(changes);
}

CK_CLONES
void ck_lamb_step(
    size_t n, float rate, float epsilon, float correct1, float correct2, float *restrict w,
    const float *restrict m, const float *restrict v) {
  for (size_t i = 0; i < n; i++)
    w[i] = w[i] - rate * lamb_change(m[i], v[i], epsilon, correct1, correct2);
}

CK_CLONES
void ck_lars(
    size_t n, float rate, float momentum, int nesterov, float decay, float *restrict w,
    const float *restrict g, float *restrict v) {
  if (nesterov) {
    for (size_t i = 0; i < n; i++) {
      float pull = rate * (g[i] + decay * w[i]);
      float next = momentum * v[i] + pull;
      v[i] = next;
      w[i] = w[i] - (momentum * next + pull);
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      float next = momentum * v[i] + rate * (g[i] + decay * w[i]);
      v[i] = next;
      w[i] = w[i] - next;
    }
  }
}

CK_CLONES
void ck_scale(size_t n, float factor, float *restrict x) {
  for (size_t i = 0; i < n; i++) x[i] *= factor;
}

CK_CLONES
void ck_clip(size_t n, float limit, float *restrict x) {
  for (size_t i = 0; i < n; i++)
    x[i] = x[i] > limit ? limit : (x[i] < -limit ? -limit : x[i]);
}

CK_CLONES
void ck_accumulate(size_t n, const float *restrict g, float *restrict a) {
  for (size_t i = 0; i < n; i++) a[i] += g[i];
}

CK_CLONES
void ck_take_accumulated(size_t n, float factor, float *restrict g, float *restrict a) {
  for (size_t i = 0; i < n; i++) {
    g[i] = factor * (g[i] + a[i]);
    a[i] = 0.0f;
  }
}

CK_CLONES
void ck_average(size_t n, float momentum, const float *restrict w, float *restrict a) {
  const float keep = 1.0f - momentum;
  for (size_t i = 0; i < n; i++) a[i] = momentum * a[i] + keep * w[i];
}
