#ifndef CK_CONVOLUTION_H
#define CK_CONVOLUTION_H
#include <stddef.h>

/// A convolution over one or two axes. Window i of an axis begins `top` or `left` before place i x stride;
/// places beyond the borders are 0. The kernel is [kernel_height, kernel_width, channels, filters], the
/// output and its gradient are [batch, filters / block, out_height, out_width, block].
typedef struct {
  size_t batch, height, width, channels;
  size_t kernel_height, kernel_width, stride_y, stride_x, top, left;
  size_t out_height, out_width, filters, block;
} ck_convolution;

/// Whether `ck_few_taps_forward` and `ck_few_taps_gradient` take this shape: blocks of 8 or 16, at most 12
/// numbers of a row in a window, at most 144 in a window. Their input is [batch, height, width, channels].
int ck_few_taps_fits(const ck_convolution *shape);

/// The floats of scratch memory that they need.
size_t ck_few_taps_scratch(const ck_convolution *shape);

/// y from x, the kernel w and, unless it is null, the bias [filters]; no less than 0 with `relu`, NaN stays
/// NaN.
void ck_few_taps_forward(
    const ck_convolution *shape, const float *x, const float *w, const float *bias, int relu, float *y,
    float *scratch);

/// The gradients of the kernel and, unless `db` is null, of the bias from x and y's gradient. Where `y` is not
/// null it is what relu has made, and `dy` counts where y is above 0.
void ck_few_taps_gradient(
    const ck_convolution *shape, const float *x, const float *y, const float *dy, float *dw, float *db,
    float *scratch);

/// Whether `ck_block_gradient` runs here and takes this shape: AVX2 and FMA, blocks of 8, filters in pairs of
/// blocks. Its input is [batch, channels / 8, height, width, 8].
int ck_block_gradient_fits(const ck_convolution *shape);

/// The floats of scratch memory that it needs, aligned to 64 bytes.
size_t ck_block_gradient_scratch(const ck_convolution *shape);

/// The gradients of the kernel and, unless `db` is null, of the bias from x and y's gradient.
void ck_block_gradient(
    const ck_convolution *shape, const float *x, const float *dy, float *dw, float *db, float *scratch);
#endif
