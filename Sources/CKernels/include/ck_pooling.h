#ifndef CK_POOLING_H
#define CK_POOLING_H
#include <stddef.h>
#include <stdint.h>

/// A pooling window over a batch of channels-last volumes [batch, in..., channels]. Pooling over one
/// or two axes has leading axes of length 1. `before` is the padding in front of each axis; what is
/// padded never counts. Every window must meet at least one input.
///
/// There are `blocks` times `channels` channels. An array that is blocked has the places of one block
/// behind those of another: [batch, blocks, places..., channels].
typedef struct {
  size_t batch, blocks, channels;
  int in_blocked, out_blocked;
  size_t in[3], out[3], size[3], stride[3], before[3];
} ck_window;

/// y = the largest input of each window; `taps` (as many as outputs) remembers which, the first of
/// equals, as its place within the window. A NaN in a window is its largest. taps may be null.
void ck_max_pool_forward(const ck_window *w, const float *x, float *y, int32_t *taps);
/// dx (overwritten) = dy at the remembered places, added up where windows overlap.
void ck_max_pool_backward(const ck_window *w, const int32_t *taps, const float *dy, float *dx);
/// y = the mean of each window's inputs, without the padding.
void ck_average_pool_forward(const ck_window *w, const float *x, float *y);
/// dx (overwritten) = each window's dy, shared equally by its inputs.
void ck_average_pool_backward(const ck_window *w, const float *dy, float *dx);

// Pooling over all places of channels-last volumes [batch, places, channels].

/// y = the largest of each channel; a NaN is the largest.
void ck_global_max_forward(
    size_t batch, size_t places, size_t channels, const float *x, float *y);
/// dx (overwritten) = dy, shared equally by the largest inputs of each channel.
void ck_global_max_backward(
    size_t batch, size_t places, size_t channels, const float *x, const float *y, const float *dy,
    float *dx);
/// y = the mean of each channel; with a mask (batch x places) of the places where it is not 0, NaN
/// where there are none.
void ck_global_average_forward(
    size_t batch, size_t places, size_t channels, const float *mask, const float *x, float *y);
/// dx (overwritten) = dy, shared equally by the places that count.
void ck_global_average_backward(
    size_t batch, size_t places, size_t channels, const float *mask, const float *dy, float *dx);
#endif
