// Row kernels of the feature pipeline. C prototypes and their contracts: include/ck_gather.h.
#include "ck_gather.h"
#include <string.h>

// One binary serves every node: the loader picks the clone for the CPU it runs on. Elsewhere than
// on x86-64 Linux the compiler's baseline (NEON on arm64) is already the right one.
#if defined(__x86_64__) && defined(__linux__)
#define CK_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif

#pragma clang fp contract(fast)

CK_CLONES
void ck_gather_u8(const uint8_t *restrict rows, const uint32_t *restrict indices, size_t count,
                  size_t width, const float *restrict scale, const float *restrict offset,
                  int per_column, float *restrict out) {
  for (size_t i = 0; i < count; i++) {
    const uint8_t *restrict row = rows + (size_t)indices[i] * width;
    float *restrict y = out + i * width;
    if (per_column) {
      for (size_t j = 0; j < width; j++) y[j] = scale[j] * (float)row[j] + offset[j];
    } else {
      const float a = scale[0], b = offset[0];
      for (size_t j = 0; j < width; j++) y[j] = a * (float)row[j] + b;
    }
  }
}

CK_CLONES
void ck_gather_f32(const float *restrict rows, const uint32_t *restrict indices, size_t count,
                   size_t width, const float *restrict scale, const float *restrict offset,
                   int per_column, float *restrict out) {
  const int copies = !per_column && scale[0] == 1 && offset[0] == 0;
  for (size_t i = 0; i < count; i++) {
    const float *restrict row = rows + (size_t)indices[i] * width;
    float *restrict y = out + i * width;
    if (copies) {
      memcpy(y, row, width * sizeof(float));
    } else if (per_column) {
      for (size_t j = 0; j < width; j++) y[j] = scale[j] * row[j] + offset[j];
    } else {
      const float a = scale[0], b = offset[0];
      for (size_t j = 0; j < width; j++) y[j] = a * row[j] + b;
    }
  }
}

// Goes block by block without a branch inside, then looks for the place in the one block that has
// a find: the usual case (none) stays vectorised.
enum { block_count = 4096 };

CK_CLONES
size_t ck_first_not_finite(const float *values, size_t count) {
  for (size_t start = 0; start < count; start += block_count) {
    const size_t end = count - start < block_count ? count : start + block_count;
    uint32_t found = 0;
    for (size_t i = start; i < end; i++) {
      uint32_t bits;
      memcpy(&bits, values + i, sizeof bits);
      found |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    if (!found) continue;
    for (size_t i = start; i < end; i++) {
      uint32_t bits;
      memcpy(&bits, values + i, sizeof bits);
      if ((bits & 0x7f800000u) == 0x7f800000u) return i;
    }
  }
  return count;
}

size_t ck_first_no_class(const float *values, size_t count, uint32_t classes) {
  const float end = (float)classes;
  for (size_t i = 0; i < count; i++) {
    const float x = values[i];
    // The range comes first, so that the conversion is never undefined; NaN fails it too.
    if (!(x >= 0 && x < end) || (float)(uint32_t)x != x) return i;
  }
  return count;
}

CK_CLONES
void ck_add_moments(const float *restrict rows, size_t count, size_t width, double seen,
                    double *restrict mean, double *restrict squares, double *restrict scratch) {
  if (count == 0) return;
  // Deviations from the block's first row: sums of them lose nothing to a large common offset.
  double *restrict sum = scratch, *restrict sum2 = scratch + width;
  memset(scratch, 0, 2 * width * sizeof(double));
  for (size_t i = 1; i < count; i++) {
    const float *restrict row = rows + i * width;
    for (size_t j = 0; j < width; j++) {
      const double d = (double)row[j] - (double)rows[j];
      sum[j] += d;
      sum2[j] += d * d;
    }
  }
  const double n = (double)count, total = seen + n;
  for (size_t j = 0; j < width; j++) {
    const double block_mean = (double)rows[j] + sum[j] / n;
    const double block_squares = sum2[j] - sum[j] * sum[j] / n;
    const double delta = block_mean - mean[j];
    mean[j] += delta * (n / total);
    squares[j] += (block_squares > 0 ? block_squares : 0) + delta * delta * (seen * n / total);
  }
}
