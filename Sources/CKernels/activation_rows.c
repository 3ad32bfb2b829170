// Activations that look at a whole row.
#include <math.h>

#include "clones.h"
#include "include/ck_activation.h"

CK_CLONES
void ck_softmax_forward(size_t rows, size_t columns, const float *x, float *y) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *xi = x + i * columns;
    float *yi = y + i * columns, most = ck_largest(columns, xi), sum = 0.0f;
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) {
      float e = ck_exp(xi[j] - most);
      yi[j] = e;
      sum += e;
    }
    float scale = 1.0f / sum;
    for (size_t j = 0; j < columns; j++) yi[j] *= scale;
  }
}

CK_CLONES
void ck_softmax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *yi = y + i * columns, *di = dy + i * columns;
    float *xi = dx + i * columns, sum = 0.0f;
    for (size_t j = 0; j < columns; j++) sum += yi[j] * di[j];
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) xi[j] = yi[j] * (di[j] - sum);
  }
}

CK_CLONES
void ck_log_softmax_forward(size_t rows, size_t columns, const float *x, float *y) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *xi = x + i * columns;
    float *yi = y + i * columns, most = ck_largest(columns, xi), sum = 0.0f;
    for (size_t j = 0; j < columns; j++) sum += ck_exp(xi[j] - most);
    float log_sum = logf(sum);
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) yi[j] = (xi[j] - most) - log_sum;
  }
}

CK_CLONES
void ck_log_softmax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *yi = y + i * columns, *di = dy + i * columns;
    float *xi = dx + i * columns, sum = 0.0f;
    for (size_t j = 0; j < columns; j++) sum += di[j];
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) xi[j] = di[j] - ck_exp(yi[j]) * sum;
  }
}

// The threshold t with sum of max(x - t, 0) = 1, by Michelot's iteration (1986): t = (sum - 1) /
// count over x > t grows until the set stays. It sorts nothing, so it needs no memory. x is taken
// relative to `most`, or large numbers would drown the 1.
CK_INLINE float simplex_threshold(size_t columns, const float *x, float most) {
#pragma clang fp reassociate(on)
  float sum = 0.0f, count = (float)columns;
  for (size_t j = 0; j < columns; j++) sum += x[j] - most;
  float t = (sum - 1.0f) / count;
  // Each round drops one number or more: at most `columns` rounds, in practice a handful.
  for (size_t round = 0; round < columns; round++) {
    float above = 0.0f, kept = 0.0f;
    for (size_t j = 0; j < columns; j++) {
      float v = x[j] - most;
      above += v > t ? v : 0.0f;
      kept += v > t ? 1.0f : 0.0f;
    }
    if (!(kept < count) || kept == 0.0f) break;
    count = kept;
    t = (above - 1.0f) / kept;
  }
  return t;
}

CK_CLONES
void ck_sparsemax_forward(size_t rows, size_t columns, const float *x, float *y) {
  for (size_t i = 0; i < rows; i++) {
    const float *xi = x + i * columns;
    float *yi = y + i * columns, most = ck_largest(columns, xi);
    float t = simplex_threshold(columns, xi, most);
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) {
      float v = (xi[j] - most) - t;
      yi[j] = v <= 0.0f ? 0.0f : v;
    }
  }
}

CK_CLONES
void ck_sparsemax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *yi = y + i * columns, *di = dy + i * columns;
    float *xi = dx + i * columns, sum = 0.0f, count = 0.0f;
    for (size_t j = 0; j < columns; j++) {
      sum += yi[j] == 0.0f ? 0.0f : di[j];
      count += yi[j] == 0.0f ? 0.0f : 1.0f;
    }
    float mean = sum / count;
    CK_IN_PLACE for (size_t j = 0; j < columns; j++)
      xi[j] = yi[j] == 0.0f ? 0.0f : di[j] - mean;
  }
}

CK_CLONES
void ck_glu_forward(size_t rows, size_t columns, const float *x, float *y) {
  for (size_t i = 0; i < rows; i++) {
    const float *restrict a = x + 2 * i * columns, *restrict b = a + columns;
    float *restrict yi = y + i * columns;
    for (size_t j = 0; j < columns; j++) yi[j] = a[j] * ck_sigmoid(b[j]);
  }
}

CK_CLONES
void ck_glu_backward(
    size_t rows, size_t columns, const float *x, const float *dy, float *dx) {
  for (size_t i = 0; i < rows; i++) {
    const float *restrict a = x + 2 * i * columns, *restrict b = a + columns;
    const float *restrict di = dy + i * columns;
    float *restrict da = dx + 2 * i * columns, *restrict db = da + columns;
    for (size_t j = 0; j < columns; j++) {
      float s = ck_sigmoid(b[j]);
      da[j] = di[j] * s;
      db[j] = di[j] * a[j] * s * (1.0f - s);
    }
  }
}
