#include "include/ck_boxes.h"

#include <string.h>

#include "clones.h"

// Where row (d, h) of the box begins in the large volume.
CK_INLINE size_t row(const ck_box *b, size_t n, size_t d, size_t h) {
  return (((n * b->large[0] + b->before[0] + d) * b->large[1] + b->before[1] + h) * b->large[2] +
          b->before[2]) * b->channels;
}

void ck_box_embed(const ck_box *b, const float *small, float *large) {
  size_t count = b->small[2] * b->channels;
  memset(large, 0, b->batch * b->large[0] * b->large[1] * b->large[2] * b->channels * sizeof(float));
  for (size_t n = 0; n < b->batch; n++)
    for (size_t d = 0; d < b->small[0]; d++)
      for (size_t h = 0; h < b->small[1]; h++, small += count)
        memcpy(large + row(b, n, d, h), small, count * sizeof(float));
}

void ck_box_extract(const ck_box *b, const float *large, float *small) {
  size_t count = b->small[2] * b->channels;
  for (size_t n = 0; n < b->batch; n++)
    for (size_t d = 0; d < b->small[0]; d++)
      for (size_t h = 0; h < b->small[1]; h++, small += count)
        memcpy(small, large + row(b, n, d, h), count * sizeof(float));
}

// Calls BODY for every position of the large volume, in order: `from` is the offset of the position
// of the small one that it repeats, `at` its own.
#define EACH_REPEAT(BODY)                                                                    \
  size_t at = 0;                                                                             \
  for (size_t b = 0; b < r->batch; b++)                                                      \
    for (size_t d = 0; d < r->in[0] * r->size[0]; d++)                                       \
      for (size_t h = 0; h < r->in[1] * r->size[1]; h++) {                                   \
        size_t line = ((b * r->in[0] + d / r->size[0]) * r->in[1] + h / r->size[1]) * r->in[2]; \
        for (size_t v = 0; v < r->in[2]; v++) {                                              \
          size_t from = (line + v) * r->channels;                                            \
          for (size_t k = 0; k < r->size[2]; k++, at += r->channels) { BODY }                \
        }                                                                                    \
      }

void ck_repeat_forward(const ck_repeats *r, const float *x, float *y) {
  EACH_REPEAT({ memcpy(y + at, x + from, r->channels * sizeof(float)); })
}

CK_CLONES void ck_repeat_backward(const ck_repeats *r, const float *dy, float *dx) {
  size_t n = r->channels;
  memset(dx, 0, r->batch * r->in[0] * r->in[1] * r->in[2] * n * sizeof(float));
  EACH_REPEAT({
    float *restrict d_in = dx + from;
    const float *restrict d_out = dy + at;
    for (size_t c = 0; c < n; c++) d_in[c] += d_out[c];
  })
}

CK_CLONES void ck_resample_forward(const ck_resampling *r, const float *x, float *y) {
  size_t n = r->channels;
  for (size_t l = 0; l < r->lines; l++, x += r->in * n)
    for (size_t o = 0; o < r->out; o++, y += n) {
      float *restrict out = y;
      for (size_t c = 0; c < n; c++) out[c] = 0.0f;
      for (size_t t = 0; t < r->taps; t++) {
        float weight = r->weights[o * r->taps + t];
        // Taps that do not count may point anywhere: a NaN there must not come through.
        if (weight == 0.0f) continue;
        const float *restrict in = x + r->places[o * r->taps + t] * n;
        for (size_t c = 0; c < n; c++) out[c] += weight * in[c];
      }
    }
}

CK_CLONES void ck_resample_backward(const ck_resampling *r, const float *dy, float *dx) {
  size_t n = r->channels;
  memset(dx, 0, r->lines * r->in * n * sizeof(float));
  for (size_t l = 0; l < r->lines; l++, dx += r->in * n)
    for (size_t o = 0; o < r->out; o++, dy += n)
      for (size_t t = 0; t < r->taps; t++) {
        float weight = r->weights[o * r->taps + t];
        if (weight == 0.0f) continue;
        const float *restrict d_out = dy;
        float *restrict d_in = dx + r->places[o * r->taps + t] * n;
        for (size_t c = 0; c < n; c++) d_in[c] += weight * d_out[c];
      }
}
