#include "include/ck_recurrent.h"

#include <string.h>

#include "clones.h"

// The gates of a row lie side by side, and a pass reads and writes all of them: CK_IN_PLACE tells the
// compiler that the blocks do not overlap.

// In the gates absolute accuracy counts, and both have an error of 1e-7: one exponential and one
// division each.
CK_INLINE float gate(float x) { return 1.0f / (1.0f + ck_exp(-x)); }
CK_INLINE float squash(float x) { return 1.0f - 2.0f / (1.0f + ck_exp(2.0f * x)); }

CK_CLONES
void ck_rows(
    int operation, size_t rows, size_t width, const float *a, size_t a_stride, const float *b,
    size_t b_stride, float *y, size_t y_stride) {
#define EACH(expression)                                             \
  for (size_t i = 0; i < rows; i++) {                                \
    const float *p = a + i * a_stride, *q = b ? b + i * b_stride : p; \
    float *o = y + i * y_stride;                                     \
    (void)q;                                                         \
    CK_IN_PLACE for (size_t j = 0; j < width; j++) o[j] = expression; \
  }                                                                  \
  break
  switch (operation) {
    case CK_ROWS_COPY: EACH(p[j]);
    case CK_ROWS_ADD: EACH(o[j] + p[j]);
    case CK_ROWS_SUBTRACT: EACH(p[j] - q[j]);
    case CK_ROWS_MULTIPLY: EACH(p[j] * q[j]);
    case CK_ROWS_MULTIPLY_ADD: EACH(o[j] + p[j] * q[j]);
    case CK_ROWS_COMPLEMENT: EACH(p[j] * (1.0f - q[j]));
    case CK_ROWS_COMPLEMENT_ADD: EACH(o[j] + p[j] * (1.0f - q[j]));
  }
#undef EACH
}

void ck_swap_rows(
    size_t outer, size_t inner, size_t width, int reversed_outer, int reversed_inner,
    const float *x, float *y) {
  for (size_t j = 0; j < inner; j++) {
    const float *from = x + (reversed_inner ? inner - 1 - j : j) * width;
    for (size_t i = 0; i < outer; i++)
      memcpy(
          y + (j * outer + i) * width, from + (reversed_outer ? outer - 1 - i : i) * inner * width,
          width * sizeof(float));
  }
}

CK_INLINE void lstm_row(
    size_t n, float *restrict z, const float *restrict r, const float *restrict cp,
    float *restrict c, float *restrict h) {
  CK_IN_PLACE for (size_t j = 0; j < n; j++) {
    float i = gate(z[j] + (r ? r[j] : 0.0f));
    float f = gate(z[j + n] + (r ? r[j + n] : 0.0f));
    float g = squash(z[j + 2 * n] + (r ? r[j + 2 * n] : 0.0f));
    float o = gate(z[j + 3 * n] + (r ? r[j + 3 * n] : 0.0f));
    float carry = f * cp[j] + i * g;
    z[j] = i;
    z[j + n] = f;
    z[j + 2 * n] = g;
    z[j + 3 * n] = o;
    c[j] = carry;
    h[j] = o * squash(carry);
  }
}

CK_CLONES
void ck_lstm_forward(
    size_t rows, size_t units, float *z, const float *recurrent, const float *c_before, float *c,
    float *h) {
  for (size_t i = 0; i < rows; i++) {
    size_t at = i * units;
    if (recurrent)
      lstm_row(units, z + 4 * at, recurrent + 4 * at, c_before + at, c + at, h + at);
    else
      lstm_row(units, z + 4 * at, 0, c_before + at, c + at, h + at);
  }
}

CK_CLONES
void ck_lstm_backward(
    size_t rows, size_t units, float *gates, const float *c_before, const float *c, const float *dh,
    float *dc, float *db) {
  size_t n = units;
  for (size_t row = 0; row < rows; row++) {
    float *restrict z = gates + 4 * row * n, *restrict d = dc + row * n, *restrict b = db;
    const float *restrict cp = c_before + row * n, *restrict cc = c + row * n;
    const float *restrict dy = dh + row * n;
    CK_IN_PLACE for (size_t j = 0; j < n; j++) {
      float i = z[j], f = z[j + n], g = z[j + 2 * n], o = z[j + 3 * n];
      float t = squash(cc[j]);
      float dcarry = d[j] + dy[j] * o * (1.0f - t * t);
      z[j] = dcarry * g * i * (1.0f - i);
      z[j + n] = dcarry * cp[j] * f * (1.0f - f);
      z[j + 2 * n] = dcarry * i * (1.0f - g * g);
      z[j + 3 * n] = dy[j] * t * o * (1.0f - o);
      d[j] = dcarry * f;
    }
    if (b)
      for (size_t j = 0; j < 4 * n; j++) b[j] += z[j];
  }
}

CK_CLONES
void ck_gru_forward(
    size_t rows, size_t units, float *a, const float *recurrent, const float *h_before, float *h) {
  size_t n = units;
  for (size_t row = 0; row < rows; row++) {
    float *restrict x = a + 3 * row * n, *restrict y = h + row * n;
    const float *restrict r = recurrent + 3 * row * n, *restrict before = h_before + row * n;
    CK_IN_PLACE for (size_t j = 0; j < n; j++) {
      float update = gate(x[j] + r[j]);
      float reset = gate(x[j + n] + r[j + n]);
      float candidate = squash(x[j + 2 * n] + reset * r[j + 2 * n]);
      x[j] = update;
      x[j + n] = reset;
      x[j + 2 * n] = candidate;
      y[j] = candidate + update * (before[j] - candidate);
    }
  }
}

CK_CLONES
void ck_gru_backward(
    size_t rows, size_t units, float *gates, float *recurrent, const float *h_before, float *dh,
    float *db, float *db_recurrent) {
  size_t n = units;
  for (size_t row = 0; row < rows; row++) {
    float *restrict x = gates + 3 * row * n, *restrict r = recurrent + 3 * row * n;
    float *restrict d = dh + row * n, *restrict b = db, *restrict br = db_recurrent;
    const float *restrict before = h_before + row * n;
    CK_IN_PLACE for (size_t j = 0; j < n; j++) {
      float update = x[j], reset = x[j + n], candidate = x[j + 2 * n];
      float dcandidate = d[j] * (1.0f - update) * (1.0f - candidate * candidate);
      float dupdate = d[j] * (before[j] - candidate) * update * (1.0f - update);
      float dreset = dcandidate * r[j + 2 * n] * reset * (1.0f - reset);
      x[j] = r[j] = dupdate;
      x[j + n] = r[j + n] = dreset;
      x[j + 2 * n] = dcandidate;
      r[j + 2 * n] = dcandidate * reset;
      d[j] *= update;
    }
    if (b)
      for (size_t j = 0; j < 3 * n; j++) b[j] += x[j];
    if (br)
      for (size_t j = 0; j < 3 * n; j++) br[j] += r[j];
  }
}
