#include <math.h>
#include <string.h>

#include "clones.h"
#include "include/ck_recurrent.h"

// Whether the index is a row; NaN is none. The range comes first: the conversion is then defined.
CK_INLINE int is_row(float index, size_t rows) {
  return index >= 0.0f && index < (float)rows && (float)(size_t)index == index;
}

void ck_embed(
    size_t count, size_t rows, size_t width, const float *indices, const float *table, float *out) {
  for (size_t i = 0; i < count; i++) {
    if (is_row(indices[i], rows))
      memcpy(out + i * width, table + (size_t)indices[i] * width, width * sizeof(float));
    else
      for (size_t j = 0; j < width; j++) out[i * width + j] = NAN;
  }
}

CK_CLONES
void ck_embed_backward(
    size_t count, size_t rows, size_t width, const float *indices, const float *d, float *gradient) {
  memset(gradient, 0, rows * width * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    if (!is_row(indices[i], rows)) continue;
    float *restrict sum = gradient + (size_t)indices[i] * width;
    const float *restrict part = d + i * width;
    for (size_t j = 0; j < width; j++) sum[j] += part[j];
  }
}

void ck_mask_rows(size_t rows, size_t width, float value, const float *x, float *y, float *mask) {
  for (size_t i = 0; i < rows; i++) {
    const float *from = x + i * width;
    int differs = 0;
    for (size_t j = 0; j < width && !differs; j++) differs = !(from[j] == value);
    if (mask) mask[i] = (float)differs;
    if (!y) continue;
    if (differs)
      memmove(y + i * width, from, width * sizeof(float));
    else
      memset(y + i * width, 0, width * sizeof(float));
  }
}
