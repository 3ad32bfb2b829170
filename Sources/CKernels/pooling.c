#include "include/ck_pooling.h"

#include <math.h>
#include <string.h>

#include "clones.h"

// The taps of a window along one axis that meet the input: [*from, *to).
CK_INLINE ptrdiff_t span(const ck_window *w, int axis, size_t o, size_t *from, size_t *to) {
  ptrdiff_t start = (ptrdiff_t)(o * w->stride[axis]) - (ptrdiff_t)w->before[axis];
  ptrdiff_t end = (ptrdiff_t)w->in[axis] - start;
  *from = start < 0 ? (size_t)-start : 0;
  *to = end < (ptrdiff_t)w->size[axis] ? (size_t)(end < 0 ? 0 : end) : w->size[axis];
  return start;
}

// Where block k of sample b begins in an array of `places` for each channel.
CK_INLINE size_t begin(const ck_window *w, int is_blocked, size_t places, size_t b, size_t k) {
  size_t sample = b * places * w->blocks * w->channels;
  return sample + k * (is_blocked ? places : 1) * w->channels;
}

// Calls BODY for every output position of every block: `at` is its first channel's offset in the output,
// `origin` that of the block's first input.
#define EACH_WINDOW(BODY)                                                                          \
  size_t f[3], t[3], in_places = w->in[0] * w->in[1] * w->in[2];                                   \
  size_t out_places = w->out[0] * w->out[1] * w->out[2];                                           \
  size_t in_step = w->channels * (w->in_blocked ? 1 : w->blocks);                                  \
  size_t out_step = w->channels * (w->out_blocked ? 1 : w->blocks);                                \
  for (size_t b = 0; b < w->batch; b++)                                                            \
    for (size_t block = 0; block < w->blocks; block++) {                                           \
      size_t origin = begin(w, w->in_blocked, in_places, b, block);                                \
      size_t at = begin(w, w->out_blocked, out_places, b, block);                                  \
      for (size_t d = 0; d < w->out[0]; d++) {                                                     \
        ptrdiff_t z = span(w, 0, d, &f[0], &t[0]);                                                 \
        for (size_t h = 0; h < w->out[1]; h++) {                                                   \
          ptrdiff_t y0 = span(w, 1, h, &f[1], &t[1]);                                              \
          for (size_t v = 0; v < w->out[2]; v++, at += out_step) {                                 \
            ptrdiff_t x0 = span(w, 2, v, &f[2], &t[2]);                                            \
            BODY                                                                                   \
          }                                                                                        \
        }                                                                                          \
      }                                                                                            \
    }

// Calls BODY for every tap of the window that meets the input: `from` is its first channel's offset.
#define EACH_TAP(BODY)                                                                        \
  for (size_t i = f[0]; i < t[0]; i++)                                                        \
    for (size_t j = f[1]; j < t[1]; j++) {                                                    \
      size_t line = (size_t)(z + (ptrdiff_t)i) * w->in[1] + (size_t)(y0 + (ptrdiff_t)j);      \
      size_t from = origin + (line * w->in[2] + (size_t)(x0 + (ptrdiff_t)f[2])) * in_step;    \
      int32_t tap = (int32_t)((i * w->size[1] + j) * w->size[2] + f[2]);                      \
      for (size_t k = f[2]; k < t[2]; k++, from += in_step, tap++) { BODY }                   \
    }

static size_t inputs(const ck_window *w) {
  return w->batch * w->in[0] * w->in[1] * w->in[2] * w->blocks * w->channels;
}

// Whether each input belongs to at most one window, and whether to exactly one.
CK_INLINE int is_apart(const ck_window *w) {
  return w->stride[0] >= w->size[0] && w->stride[1] >= w->size[1] && w->stride[2] >= w->size[2];
}
CK_INLINE int is_tiled(const ck_window *w) {
  int tiled = 1;
  for (int i = 0; i < 3; i++)
    tiled &= w->stride[i] == w->size[i] && !w->before[i] && w->out[i] * w->size[i] == w->in[i];
  return tiled;
}

// The largest of each window for n channels. Blocks have so few, and known when this is compiled, that
// they stay in registers.
CK_INLINE void max_of_block(
    const ck_window *w, const float *x, float *y, int32_t *taps, const size_t n) {
  EACH_WINDOW({
    float best[16];
    int32_t place[16];
    int32_t least = (int32_t)((f[0] * w->size[1] + f[1]) * w->size[2] + f[2]);
    for (size_t c = 0; c < n; c++) {
      best[c] = -INFINITY;
      place[c] = least;
    }
    EACH_TAP({
      const float *in = x + from;
      for (size_t c = 0; c < n; c++) {
        // A NaN replaces a number and is never replaced by one.
        int wins = (in[c] > best[c]) | ((in[c] != in[c]) & (best[c] == best[c]));
        best[c] = wins ? in[c] : best[c];
        place[c] = wins ? tap : place[c];
      }
    })
    for (size_t c = 0; c < n; c++) y[at + c] = best[c];
    if (taps)
      for (size_t c = 0; c < n; c++) taps[at + c] = place[c];
  })
}

CK_INLINE void max_of_rows(const ck_window *w, const float *x, float *y, int32_t *taps) {
  size_t n = w->channels;
  EACH_WINDOW({
    float *restrict best = y + at;
    int first = 1;
    EACH_TAP({
      const float *restrict in = x + from;
      if (first) {
        for (size_t c = 0; c < n; c++) best[c] = in[c];
        if (taps)
          for (size_t c = 0; c < n; c++) taps[at + c] = tap;
        first = 0;
      } else if (taps) {
        int32_t *restrict place = taps + at;
        for (size_t c = 0; c < n; c++) {
          int wins = (in[c] > best[c]) | ((in[c] != in[c]) & (best[c] == best[c]));
          best[c] = wins ? in[c] : best[c];
          place[c] = wins ? tap : place[c];
        }
      } else {
        for (size_t c = 0; c < n; c++)
          best[c] = ((in[c] > best[c]) | (in[c] != in[c])) ? in[c] : best[c];
      }
    })
  })
}

CK_CLONES void ck_max_pool_forward(const ck_window *w, const float *x, float *y, int32_t *taps) {
  switch (w->channels) {
    case 8: max_of_block(w, x, y, taps, 8); break;
    case 16: max_of_block(w, x, y, taps, 16); break;
    default: max_of_rows(w, x, y, taps);
  }
}

CK_INLINE void max_gradient(
    const ck_window *w, const int32_t *taps, const float *dy, float *dx, const size_t n) {
  if (!is_tiled(w)) memset(dx, 0, inputs(w) * sizeof(float));
  if (is_apart(w)) {
    EACH_WINDOW({
      const float *restrict d_out = dy + at;
      const int32_t *restrict place = taps + at;
      EACH_TAP({
        float *restrict d_in = dx + from;
        for (size_t c = 0; c < n; c++) d_in[c] = place[c] == tap ? d_out[c] : 0.0f;
      })
    })
  } else {
    EACH_WINDOW({
      const float *restrict d_out = dy + at;
      const int32_t *restrict place = taps + at;
      EACH_TAP({
        float *restrict d_in = dx + from;
        for (size_t c = 0; c < n; c++) d_in[c] += place[c] == tap ? d_out[c] : 0.0f;
      })
    })
  }
}

CK_CLONES void ck_max_pool_backward(
    const ck_window *w, const int32_t *taps, const float *dy, float *dx) {
  switch (w->channels) {
    case 8: max_gradient(w, taps, dy, dx, 8); break;
    case 16: max_gradient(w, taps, dy, dx, 16); break;
    default: max_gradient(w, taps, dy, dx, w->channels);
  }
}

CK_CLONES void ck_average_pool_forward(const ck_window *w, const float *x, float *y) {
  size_t n = w->channels;
  EACH_WINDOW({
    float *restrict sum = y + at;
    for (size_t c = 0; c < n; c++) sum[c] = 0.0f;
    EACH_TAP({
      const float *restrict in = x + from;
      for (size_t c = 0; c < n; c++) sum[c] += in[c];
    })
    float share = 1.0f / (float)((t[0] - f[0]) * (t[1] - f[1]) * (t[2] - f[2]));
    for (size_t c = 0; c < n; c++) sum[c] *= share;
  })
}

CK_CLONES void ck_average_pool_backward(const ck_window *w, const float *dy, float *dx) {
  size_t n = w->channels;
  memset(dx, 0, inputs(w) * sizeof(float));
  EACH_WINDOW({
    const float *restrict d_out = dy + at;
    float share = 1.0f / (float)((t[0] - f[0]) * (t[1] - f[1]) * (t[2] - f[2]));
    EACH_TAP({
      float *restrict d_in = dx + from;
      for (size_t c = 0; c < n; c++) d_in[c] += share * d_out[c];
    })
  })
}
