#include "include/ck_prelu.h"

#include "clones.h"

CK_CLONES void ck_prelu_forward(
    size_t rows, size_t n, const float *alpha, const uint32_t *places, const float *x, float *y) {
  for (size_t r = 0; r < rows; r++) {
    const float *restrict in = x + r * n;
    float *restrict out = y + r * n;
    if (places)
      for (size_t i = 0; i < n; i++) out[i] = in[i] > 0.0f ? in[i] : alpha[places[i]] * in[i];
    else
      for (size_t i = 0; i < n; i++) out[i] = in[i] > 0.0f ? in[i] : alpha[i] * in[i];
  }
}

CK_CLONES void ck_prelu_backward(
    size_t rows, size_t n, size_t count, const float *alpha, const uint32_t *places, const float *x,
    const float *dy, float *dx, float *dalpha) {
  for (size_t i = 0; i < count; i++) dalpha[i] = 0.0f;
  for (size_t r = 0; r < rows; r++) {
    const float *restrict in = x + r * n, *restrict d_out = dy + r * n;
    if (dx) {
      float *restrict d_in = dx + r * n;
      for (size_t i = 0; i < n; i++) {
        float slope = alpha[places ? places[i] : i];
        slope = in[i] > 0.0f ? 1.0f : slope;
        d_in[i] = in[i] == 0.0f ? 0.0f : slope * d_out[i];
      }
    }
    if (places)
      for (size_t i = 0; i < n; i++) dalpha[places[i]] += in[i] > 0.0f ? 0.0f : in[i] * d_out[i];
    else
      for (size_t i = 0; i < n; i++) dalpha[i] += in[i] > 0.0f ? 0.0f : in[i] * d_out[i];
  }
}
