// Arrays combined number by number: merging layers, and gradients that reach a tensor by several ways.
#include "include/ck_combine.h"

#include "clones.h"

CK_CLONES
void ck_add(size_t n, const float *restrict x, float *restrict y) {
  for (size_t i = 0; i < n; i++) y[i] += x[i];
}

CK_CLONES
void ck_add_scaled(size_t n, float a, const float *restrict x, float *restrict y) {
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

CK_CLONES
void ck_scale_by(size_t n, float a, float *y) {
  for (size_t i = 0; i < n; i++) y[i] *= a;
}

CK_CLONES
void ck_multiply(size_t n, const float *restrict x, float *restrict y) {
  for (size_t i = 0; i < n; i++) y[i] *= x[i];
}

CK_CLONES
void ck_select(size_t n, float sign, const float *restrict x, float *restrict y) {
  for (size_t i = 0; i < n; i++) {
    float better = sign * x[i] > sign * y[i] ? x[i] : y[i];
    y[i] = x[i] != x[i] ? x[i] : better;
  }
}

CK_CLONES
void ck_select_gradient(
    size_t n, float sign, int other_first, const float *restrict x, const float *restrict other,
    float *restrict dx) {
  for (size_t i = 0; i < n; i++) {
    int chosen = sign * other[i] > sign * x[i] || (other_first && other[i] == x[i]);
    dx[i] = chosen ? 0 : dx[i];
  }
}

CK_CLONES void ck_add_to_rows(size_t rows, size_t n, const float *x, float *y) {
  const float *restrict in = x;
  for (size_t r = 0; r < rows; r++) {
    float *restrict out = y + r * n;
    for (size_t i = 0; i < n; i++) out[i] += in[i];
  }
}
