#include "include/ck_loss.h"

#include <math.h>

#include "clones.h"

#define EPSILON 1e-7f

// The class number in `label`, or -1 when it is none of 0..<columns (NaN included).
CK_INLINE long class_of(float label, size_t columns) {
  return label >= 0.0f && label < (float)columns && (float)(long)label == label ? (long)label : -1;
}

// p = softmax(z) for one row; returns log of the sum of exp(z).
CK_INLINE float softmax_row(size_t columns, const float *z, float *p) {
#pragma clang fp reassociate(on)
  float most = ck_largest(columns, z), sum = 0.0f;
  for (size_t j = 0; j < columns; j++) {
    float e = ck_exp(z[j] - most);
    p[j] = e;
    sum += e;
  }
  float inverse = 1.0f / sum;
  for (size_t j = 0; j < columns; j++) p[j] *= inverse;
  return most + logf(sum);
}

CK_CLONES
double ck_softmax_cross_entropy_sparse(
    size_t rows, size_t columns, const float *z, const float *label, float scale, float *p,
    float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
    const float *zi = z + i * columns;
    float *pi = p + i * columns;
    float log_sum = softmax_row(columns, zi, pi);
    long c = class_of(label[i], columns);
    total += c < 0 ? NAN : log_sum - zi[c];
    if (!d) continue;
    float *di = d + i * columns, factor = c < 0 ? NAN : scale;
    for (size_t j = 0; j < columns; j++) di[j] = pi[j] * factor;
    if (c >= 0) di[c] -= scale;
  }
  return total;
}

CK_CLONES
double ck_softmax_cross_entropy(
    size_t rows, size_t columns, const float *z, const float *y, float scale, float *p, float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *zi = z + i * columns, *yi = y + i * columns;
    float *pi = p + i * columns, weight = 0.0f, sum = 0.0f;
    float log_sum = softmax_row(columns, zi, pi);
    for (size_t j = 0; j < columns; j++) {
      weight += yi[j];
      sum += yi[j] * (log_sum - zi[j]);
    }
    total += sum;
    if (!d) continue;
    float *di = d + i * columns;
    for (size_t j = 0; j < columns; j++) di[j] = (weight * pi[j] - yi[j]) * scale;
  }
  return total;
}

CK_CLONES
double ck_sigmoid_cross_entropy(
    size_t rows, size_t columns, const float *z, const float *y, float scale, float *p, float *d) {
  double total = 0;
  float each = scale / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *zi = z + i * columns, *yi = y + i * columns;
    float *pi = p + i * columns, sum = 0.0f;
    // -(y log p + (1 - y) log(1 - p)) = log(1 + exp(z)) - z y.
    for (size_t j = 0; j < columns; j++) sum += ck_softplus(zi[j]) - zi[j] * yi[j];
    for (size_t j = 0; j < columns; j++) pi[j] = ck_sigmoid(zi[j]);
    total += (double)sum / (double)columns;
    if (!d) continue;
    float *di = d + i * columns;
    for (size_t j = 0; j < columns; j++) di[j] = (pi[j] - yi[j]) * each;
  }
  return total;
}

// min(max(p, epsilon), 1 - epsilon), NaN kept.
CK_INLINE float clip(float p) {
  p = p < EPSILON ? EPSILON : p;
  return p > 1.0f - EPSILON ? 1.0f - EPSILON : p;
}

// Whether p lies where clipping has slope 1 (NaN counts as inside).
CK_INLINE int inside(float p) { return !(p < EPSILON || p > 1.0f - EPSILON); }

double ck_cross_entropy_sparse(
    size_t rows, size_t columns, const float *p, const float *label, float scale, float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
    long c = class_of(label[i], columns);
    float q = c < 0 ? NAN : p[i * columns + (size_t)c];
    total += -logf(clip(q));
    if (!d) continue;
    float *di = d + i * columns;
    for (size_t j = 0; j < columns; j++) di[j] = c < 0 ? NAN : 0.0f;
    if (c >= 0 && inside(q)) di[c] = -scale / q;
  }
  return total;
}

double ck_cross_entropy(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
    const float *pi = p + i * columns, *yi = y + i * columns;
    // Keras scales the row to sum 1 first: q = p / s, so dq_j/dp_k = (delta_jk - q_j) / s.
    float s = 0.0f, row = 0.0f, mixed = 0.0f;
    for (size_t j = 0; j < columns; j++) s += pi[j];
    for (size_t j = 0; j < columns; j++) {
      float q = pi[j] / s;
      row -= yi[j] * logf(clip(q));
      if (inside(q)) mixed += yi[j];
    }
    total += row;
    if (!d) continue;
    float *di = d + i * columns;
    for (size_t j = 0; j < columns; j++) {
      float q = pi[j] / s;
      di[j] = scale / s * (mixed - (inside(q) ? yi[j] / q : 0.0f));
    }
  }
  return total;
}

double ck_binary_cross_entropy(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d) {
  double total = 0;
  float each = scale / (float)columns;
  for (size_t i = 0; i < rows; i++) {
    double sum = 0;
    for (size_t j = i * columns; j < (i + 1) * columns; j++) {
      float q = clip(p[j]);
      sum -= y[j] * logf(q) + (1.0f - y[j]) * logf(1.0f - q);
      if (d) d[j] = inside(p[j]) ? each * (q - y[j]) / (q * (1.0f - q)) : 0.0f;
    }
    total += sum / (double)columns;
  }
  return total;
}

CK_CLONES
double ck_squared_error(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d) {
  double total = 0;
  float each = 2.0f * scale / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *restrict pi = p + i * columns, *restrict yi = y + i * columns;
    float sum = 0.0f;
    if (d) {
      float *restrict di = d + i * columns;
      for (size_t j = 0; j < columns; j++) {
        float e = pi[j] - yi[j];
        sum += e * e;
        di[j] = e * each;
      }
    } else {
      for (size_t j = 0; j < columns; j++) sum += (pi[j] - yi[j]) * (pi[j] - yi[j]);
    }
    total += (double)sum / (double)columns;
  }
  return total;
}

CK_CLONES
double ck_absolute_error(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d) {
  double total = 0;
  float each = scale / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *pi = p + i * columns, *yi = y + i * columns;
    float sum = 0.0f;
    for (size_t j = 0; j < columns; j++) sum += ck_abs(pi[j] - yi[j]);
    total += (double)sum / (double)columns;
    if (!d) continue;
    float *di = d + i * columns;
    for (size_t j = 0; j < columns; j++) {
      float e = pi[j] - yi[j];
      di[j] = e > 0.0f ? each : e < 0.0f ? -each : e;
    }
  }
  return total;
}

CK_CLONES
double ck_huber(
    size_t rows, size_t columns, const float *p, const float *y, float delta, float scale,
    float *d) {
  double total = 0;
  float each = scale / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *pi = p + i * columns, *yi = y + i * columns;
    float sum = 0.0f;
    for (size_t j = 0; j < columns; j++) {
      float e = ck_abs(pi[j] - yi[j]);
      sum += e > delta ? delta * (e - 0.5f * delta) : 0.5f * e * e;
    }
    total += (double)sum / (double)columns;
    if (!d) continue;
    float *di = d + i * columns;
    for (size_t j = 0; j < columns; j++) {
      float e = pi[j] - yi[j];
      di[j] = each * (e > delta ? delta : e < -delta ? -delta : e);
    }
  }
  return total;
}
