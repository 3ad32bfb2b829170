#include "include/ck_normalization.h"

#include <math.h>
#include <string.h>

#include "clones.h"

// A column of an image's channel has millions of numbers: their float sum would lose the last digits, so a
// few hundred rows are added as floats, their sums as doubles. Columns are taken some at a time, so that the
// sums stay in the cache.
enum { some_rows = 256, some_columns = 64 };

CK_CLONES
void ck_column_moments(
    size_t rows, size_t columns, const float *restrict x, float *restrict mean,
    float *restrict variance) {
  for (size_t c0 = 0; c0 < columns; c0 += some_columns) {
    size_t width = ck_least(columns - c0, some_columns);
    for (int squares = 0; squares < 2; squares++) {
      double total[some_columns] = {0};
      float center[some_columns] = {0};
      if (squares) memcpy(center, mean + c0, width * sizeof *center);
      for (size_t r0 = 0; r0 < rows; r0 += some_rows) {
        float part[some_columns] = {0};
        size_t end = r0 + ck_least(rows - r0, some_rows);
        if (squares)
          for (size_t r = r0; r < end; r++)
            for (size_t c = 0; c < width; c++) {
              float d = x[r * columns + c0 + c] - center[c];
              part[c] += d * d;
            }
        else
          for (size_t r = r0; r < end; r++)
            for (size_t c = 0; c < width; c++) part[c] += x[r * columns + c0 + c];
        for (size_t c = 0; c < width; c++) total[c] += part[c];
      }
      float *to = (squares ? variance : mean) + c0;
      for (size_t c = 0; c < width; c++) to[c] = (float)(total[c] / (double)rows);
    }
  }
}

CK_CLONES
void ck_column_affine(
    size_t rows, size_t columns, const float *x, const float *restrict scale,
    const float *restrict shift, float *y) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      y[r * columns + c] = x[r * columns + c] * scale[c] + shift[c];
}

CK_CLONES
void ck_column_gradient_sums(
    size_t rows, size_t columns, const float *restrict x, const float *restrict dy,
    const float *restrict mean, const float *restrict inverse, float *restrict sum,
    float *restrict product) {
  for (size_t c0 = 0; c0 < columns; c0 += some_columns) {
    size_t width = ck_least(columns - c0, some_columns);
    double sums[some_columns] = {0}, products[some_columns] = {0};
    for (size_t r0 = 0; r0 < rows; r0 += some_rows) {
      float s[some_columns] = {0}, p[some_columns] = {0};
      size_t end = r0 + ck_least(rows - r0, some_rows);
      for (size_t r = r0; r < end; r++)
        for (size_t c = 0; c < width; c++) {
          float d = dy[r * columns + c0 + c];
          s[c] += d;
          p[c] += d * (x[r * columns + c0 + c] - mean[c0 + c]);
        }
      for (size_t c = 0; c < width; c++) sums[c] += s[c], products[c] += p[c];
    }
    for (size_t c = 0; c < width; c++) {
      sum[c0 + c] = (float)sums[c];
      product[c0 + c] = (float)(products[c] * inverse[c0 + c]);
    }
  }
}

CK_CLONES
void ck_batch_norm_backward(
    size_t rows, size_t columns, const float *restrict x, const float *dy,
    const float *restrict mean, const float *restrict inverse, const float *restrict scale,
    const float *restrict sum, const float *restrict product, float *dx) {
  float share = 1 / (float)rows;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) {
      float z = (x[r * columns + c] - mean[c]) * inverse[c];
      dx[r * columns + c] =
          scale[c] * (dy[r * columns + c] - share * (sum[c] + z * product[c]));
    }
}

CK_CLONES
void ck_row_normalize(
    size_t rows, size_t count, float epsilon, int root_only, const float *x, float *z,
    float *restrict inverse) {
  for (size_t r = 0; r < rows; r++) {
    const float *from = x + r * count;
    float *to = z + r * count;
    float mean = 0;
    if (!root_only) {
      for (size_t i = 0; i < count; i++) mean += from[i];
      mean /= (float)count;
    }
    float square = 0;
    for (size_t i = 0; i < count; i++) square += (from[i] - mean) * (from[i] - mean);
    float factor = 1 / sqrtf(square / (float)count + epsilon);
    inverse[r] = factor;
    for (size_t i = 0; i < count; i++) to[i] = (from[i] - mean) * factor;
  }
}

CK_CLONES
void ck_row_normalize_backward(
    size_t rows, size_t count, int root_only, const float *z, const float *dz,
    const float *restrict inverse, float *dx) {
  for (size_t r = 0; r < rows; r++) {
    const float *zr = z + r * count, *from = dz + r * count;
    float *to = dx + r * count;
    float sum = 0, product = 0;
    for (size_t i = 0; i < count; i++) sum += from[i], product += from[i] * zr[i];
    sum = root_only ? 0 : sum / (float)count;
    product /= (float)count;
    for (size_t i = 0; i < count; i++) to[i] = inverse[r] * (from[i] - sum - zr[i] * product);
  }
}

CK_CLONES
void ck_rows_affine(
    size_t rows, size_t columns, const float *z, const float *restrict gamma,
    const float *restrict beta, float *y) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) {
      float v = z[r * columns + c];
      if (gamma) v *= gamma[c];
      y[r * columns + c] = beta ? v + beta[c] : v;
    }
}

CK_CLONES
void ck_rows_affine_backward(
    size_t rows, size_t columns, const float *restrict z, const float *restrict gamma, float *dy,
    float *restrict dgamma, float *restrict dbeta) {
  if (dgamma) memset(dgamma, 0, columns * sizeof *dgamma);
  if (dbeta) memset(dbeta, 0, columns * sizeof *dbeta);
  for (size_t r = 0; r < rows; r++) {
    float *d = dy + r * columns;
    const float *zr = z + r * columns;
    if (dbeta)
      for (size_t c = 0; c < columns; c++) dbeta[c] += d[c];
    if (dgamma)
      for (size_t c = 0; c < columns; c++) dgamma[c] += d[c] * zr[c];
    if (gamma)
      for (size_t c = 0; c < columns; c++) d[c] *= gamma[c];
  }
}
