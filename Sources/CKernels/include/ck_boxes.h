#ifndef CK_BOXES_H
#define CK_BOXES_H
#include <stddef.h>
#include <stdint.h>

/// A box within a larger one, both over a batch of channels-last volumes [batch, axes..., channels]:
/// zero padding puts the small into the large, cropping takes it out. Fewer axes than three have
/// leading ones of length 1; before + small is at most large on each.
typedef struct {
  size_t batch, channels;
  size_t small[3], large[3], before[3];
} ck_box;

/// large = 0 but for the box, which is small. They do not overlap in memory.
void ck_box_embed(const ck_box *b, const float *small, float *large);
/// small = the box of large. They do not overlap in memory.
void ck_box_extract(const ck_box *b, const float *large, float *small);

/// Nearest upsampling: an axis of in[i] becomes one of in[i] * size[i].
typedef struct {
  size_t batch, channels;
  size_t in[3], size[3];
} ck_repeats;

/// y = each position of x repeated size times along each axis.
void ck_repeat_forward(const ck_repeats *r, const float *x, float *y);
/// dx (overwritten) = the sum of dy over the repetitions of each position.
void ck_repeat_backward(const ck_repeats *r, const float *dy, float *dx);

/// Resampling of one axis: an array [lines, in, channels] becomes [lines, out, channels]. Position o of
/// the output is the sum over t < taps of weights[o * taps + t] times position places[o * taps + t] of
/// the input.
typedef struct {
  size_t lines, channels, in, out, taps;
  const uint32_t *places;
  const float *weights;
} ck_resampling;

/// y = x resampled. They do not overlap in memory.
void ck_resample_forward(const ck_resampling *r, const float *x, float *y);
/// dx (overwritten) = the transposed sums of dy.
void ck_resample_backward(const ck_resampling *r, const float *dy, float *dx);
#endif
