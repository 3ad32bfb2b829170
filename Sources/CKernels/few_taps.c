// Convolutions of inputs with few channels, the first of most networks. oneDNN's kernels for AVX2 take a
// quarter of the time of the second convolution for a fiftieth of its operations: a window has too few
// numbers to fill their loops. Here a window's weights, or their gradients, stay in registers.
#include <string.h>

#include "CKernels.h"
#include "clones.h"

enum { most_in_row = 12, most_taps = 144, most_rows = 3, pixels = 6 };

typedef struct {
  const float *image;  // one image with its borders
  size_t pitch;        // floats from a row to the next
  size_t row_taps;     // numbers of a row in a window
} padded;

int ck_few_taps_fits(const ck_convolution *s) {
  size_t row = s->kernel_width * s->channels;
  return (s->block == 8 || s->block == 16) && s->filters % s->block == 0 && row <= most_in_row &&
         row * s->kernel_height <= most_taps;
}

static size_t reach(size_t places, size_t stride, size_t kernel) { return (places - 1) * stride + kernel; }

size_t ck_few_taps_scratch(const ck_convolution *s) {
  return reach(s->out_height, s->stride_y, s->kernel_height) *
         reach(s->out_width, s->stride_x, s->kernel_width) * s->channels;
}

// Image n: itself where no window leaves it, else a copy with zeros around it.
static padded image(const ck_convolution *s, const float *x, size_t n, float *scratch) {
  size_t high = reach(s->out_height, s->stride_y, s->kernel_height);
  size_t wide = reach(s->out_width, s->stride_x, s->kernel_width);
  size_t row = s->width * s->channels, taps = s->kernel_width * s->channels;
  const float *from = x + n * s->height * row;
  if (s->top == 0 && s->left == 0 && high <= s->height && wide <= s->width)
    return (padded){from, row, taps};
  size_t pitch = wide * s->channels;
  size_t columns = wide - s->left < s->width ? wide - s->left : s->width;
  memset(scratch, 0, high * pitch * sizeof(float));
  for (size_t i = 0; i < s->height && i + s->top < high; i++)
    memcpy(
        scratch + (i + s->top) * pitch + s->left * s->channels, from + i * row,
        columns * s->channels * sizeof(float));
  return (padded){scratch, pitch, taps};
}

// The loops for both widths of a block.
#define WIDTH 8
#include "few_taps_width.h"
#undef WIDTH
#define WIDTH 16
#include "few_taps_width.h"

void ck_few_taps_forward(
    const ck_convolution *shape, const float *x, const float *w, const float *bias, int relu, float *y,
    float *scratch) {
  (shape->block == 8 ? forward8 : forward16)(shape, x, w, bias, relu, y, scratch);
}

void ck_few_taps_gradient(
    const ck_convolution *shape, const float *x, const float *y, const float *dy, float *dw, float *db,
    float *scratch) {
  (shape->block == 8 ? gradient8 : gradient16)(shape, x, y, dy, dw, db, scratch);
}
