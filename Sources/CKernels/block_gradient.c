// The kernel's gradient of a convolution between blocks of eight channels, for CPUs with AVX2 but without
// AVX-512: oneDNN 2.6.3 reaches 60 GFLOP/s of 95 there, these loops 83.
#include "CKernels.h"

#if defined(__x86_64__)
#include <string.h>

#include "clones.h"

#define TARGET __attribute__((target("avx2,fma")))

enum { block = 8, most_columns = 3 };

typedef float vector __attribute__((vector_size(32)));

int ck_block_gradient_fits(const ck_convolution *s) {
  return ck_product_runs() && s->block == block && s->channels % block == 0 && s->filters % 16 == 0;
}

static size_t reach(size_t places, size_t stride, size_t kernel) { return (places - 1) * stride + kernel; }

// The planes of an image with its borders.
static size_t high(const ck_convolution *s) { return reach(s->out_height, s->stride_y, s->kernel_height); }
static size_t wide(const ck_convolution *s) { return reach(s->out_width, s->stride_x, s->kernel_width); }

static size_t kernel_count(const ck_convolution *s) {
  return s->kernel_height * s->kernel_width * s->channels * s->filters;
}

size_t ck_block_gradient_scratch(const ck_convolution *s) {
  return kernel_count(s) + high(s) * wide(s) * s->channels;
}

// All planes of image n with zeros around them; themselves where no window leaves them.
static const float *image(const ck_convolution *s, const float *x, size_t n, float *scratch, size_t *pitch) {
  size_t height = high(s), width = wide(s), planes = s->channels / block;
  const float *from = x + n * s->height * s->width * s->channels;
  if (s->top == 0 && s->left == 0 && height == s->height && width <= s->width) {
    *pitch = s->width * block;
    return from;
  }
  *pitch = width * block;
  size_t columns = width - s->left < s->width ? width - s->left : s->width;
  memset(scratch, 0, height * width * s->channels * sizeof(float));
  for (size_t c = 0; c < planes; c++)
    for (size_t i = 0; i < s->height && i + s->top < height; i++)
      memcpy(
          scratch + ((c * height + i + s->top) * width + s->left) * block,
          from + (c * s->height + i) * s->width * block, columns * block * sizeof(float));
  return scratch;
}

// Adds one image's part of `columns` columns of a window, two channels and two blocks of filters: twelve sums
// for three columns, which stay in registers. `columns` is a constant where this is called.
CK_INLINE TARGET void taps(
    const int columns, const ck_convolution *s, const float *x, size_t pitch, const vector *dy,
    size_t plane, vector *gradient) {
  vector sum[most_columns][2][2];
  for (int w = 0; w < columns; w++)
    for (int c = 0; c < 2; c++)
      for (int o = 0; o < 2; o++) sum[w][c][o] = (vector){0};
  for (size_t i = 0; i < s->out_height; i++) {
    const float *at = x + i * s->stride_y * pitch;
    for (size_t j = 0; j < s->out_width; j++, at += s->stride_x * block, dy++) {
      vector first = dy[0], second = dy[plane];
      for (int w = 0; w < columns; w++)
        for (int c = 0; c < 2; c++) {
          float value = at[w * block + c];
          sum[w][c][0] += value * first;
          sum[w][c][1] += value * second;
        }
    }
  }
  for (int w = 0; w < columns; w++)
    for (int c = 0; c < 2; c++)
      for (int o = 0; o < 2; o++) gradient[(w * block + c) * 2 + o] += sum[w][c][o];
}

// What is added up for a window, [pairs of blocks of filters, planes, rows, columns, 8 channels, 2 blocks],
// goes to its place in the kernel.
static void spread(const ck_convolution *s, const float *sums, float *dw) {
  for (size_t o = 0; o < s->filters; o += 2 * block)
    for (size_t c = 0; c < s->channels; c += block)
      for (size_t w = 0; w < s->kernel_height * s->kernel_width; w++)
        for (size_t i = 0; i < block; i++, sums += 2 * block)
          memcpy(dw + (w * s->channels + c + i) * s->filters + o, sums, 2 * block * sizeof(float));
}

// Adds one image's part of the bias' gradient.
TARGET static void add_bias(const ck_convolution *s, const vector *dy, float *db) {
  size_t places = s->out_height * s->out_width;
  for (size_t f = 0; f < s->filters; f += block, db += block) {
    vector sum = {0}, before;
    for (size_t i = 0; i < places; i++) sum += *dy++;
    memcpy(&before, db, sizeof before);
    before += sum;
    memcpy(db, &before, sizeof before);
  }
}

TARGET void ck_block_gradient(
    const ck_convolution *s, const float *x, const float *dy, float *dw, float *db, float *scratch) {
  size_t planes = s->channels / block, blocks = s->filters / block;
  size_t places = s->out_height * s->out_width, columns = s->kernel_width, height = high(s);
  float *padded = scratch + kernel_count(s);
  memset(scratch, 0, kernel_count(s) * sizeof(float));
  if (db) memset(db, 0, s->filters * sizeof(float));
  for (size_t n = 0; n < s->batch; n++) {
    size_t pitch;
    const float *planes_of = image(s, x, n, padded, &pitch);
    vector *to = (vector *)scratch;
    for (size_t o = 0; o < blocks; o += 2) {
      const vector *d = (const vector *)dy + (n * blocks + o) * places;
      for (size_t c = 0; c < planes; c++)
        for (size_t r = 0; r < s->kernel_height; r++, to += columns * block * 2) {
          const float *row = planes_of + (c * height + r) * pitch;
          for (size_t i = 0; i < block; i += 2)
            for (size_t w = 0; w < columns; w += most_columns) {
              const float *at = row + w * block + i;
              vector *sums = to + (w * block + i) * 2;
              switch (columns - w) {
                case 1: taps(1, s, at, pitch, d, places, sums); break;
                case 2: taps(2, s, at, pitch, d, places, sums); break;
                default: taps(3, s, at, pitch, d, places, sums);
              }
            }
        }
    }
    if (db) add_bias(s, (const vector *)dy + n * blocks * places, db);
  }
  spread(s, scratch, dw);
}

#else
int ck_block_gradient_fits(const ck_convolution *s) { return 0 * (int)s->block; }
size_t ck_block_gradient_scratch(const ck_convolution *s) { return 0 * s->block; }
void ck_block_gradient(
    const ck_convolution *s, const float *x, const float *dy, float *dw, float *db, float *scratch) {
  __builtin_trap();
}
#endif
