#include "clones.h"
#include "include/ck_pooling.h"

CK_CLONES void ck_global_max_forward(
    size_t batch, size_t places, size_t n, const float *x, float *y) {
  for (size_t b = 0; b < batch; b++) {
    float *restrict best = y + b * n;
    const float *restrict in = x + b * places * n;
    for (size_t c = 0; c < n; c++) best[c] = in[c];
    for (size_t p = 1; p < places; p++) {
      in += n;
      // A NaN replaces a number and is never replaced by one.
      for (size_t c = 0; c < n; c++)
        best[c] = ((in[c] > best[c]) | (in[c] != in[c])) ? in[c] : best[c];
    }
  }
}

CK_CLONES void ck_global_max_backward(
    size_t batch, size_t places, size_t n, const float *x, const float *y, const float *dy,
    float *dx) {
  for (size_t b = 0; b < batch; b++) {
    const float *restrict in = x + b * places * n, *restrict best = y + b * n;
    const float *restrict d_out = dy + b * n;
    float *first = dx + b * places * n;
    // The first place of dx counts the largest inputs, and gets its own gradient last.
    for (size_t c = 0; c < n; c++) first[c] = 0.0f;
    for (size_t p = 0; p < places; p++)
      for (size_t c = 0; c < n; c++) first[c] += in[p * n + c] == best[c] ? 1.0f : 0.0f;
    for (size_t p = places; p-- > 1;) {
      float *restrict d_in = first + p * n;
      for (size_t c = 0; c < n; c++) d_in[c] = in[p * n + c] == best[c] ? d_out[c] / first[c] : 0.0f;
    }
    for (size_t c = 0; c < n; c++) first[c] = in[c] == best[c] ? d_out[c] / first[c] : 0.0f;
  }
}

CK_CLONES void ck_global_average_forward(
    size_t batch, size_t places, size_t n, const float *mask, const float *x, float *y) {
  for (size_t b = 0; b < batch; b++) {
    float *restrict sum = y + b * n;
    const float *restrict in = x + b * places * n;
    float count = 0.0f;
    for (size_t c = 0; c < n; c++) sum[c] = 0.0f;
    for (size_t p = 0; p < places; p++, in += n) {
      if (mask && mask[b * places + p] == 0.0f) continue;
      count += 1.0f;
      for (size_t c = 0; c < n; c++) sum[c] += in[c];
    }
    for (size_t c = 0; c < n; c++) sum[c] /= count;
  }
}

CK_CLONES void ck_global_average_backward(
    size_t batch, size_t places, size_t n, const float *mask, const float *dy, float *dx) {
  for (size_t b = 0; b < batch; b++) {
    const float *restrict d_out = dy + b * n;
    float count = (float)places;
    if (mask) {
      count = 0.0f;
      for (size_t p = 0; p < places; p++) count += mask[b * places + p] != 0.0f;
    }
    for (size_t p = 0; p < places; p++) {
      float *restrict d_in = dx + (b * places + p) * n;
      float share = mask && mask[b * places + p] == 0.0f ? 0.0f : 1.0f;
      for (size_t c = 0; c < n; c++) d_in[c] = share * d_out[c] / count;
    }
  }
}
