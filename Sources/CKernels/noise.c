#include "include/ck_noise.h"

#include <math.h>

#include "clones.h"

// Single precision is added up over this many numbers, then in double precision.
#define BLOCK 4096

// A 32-bit mixer with full avalanche (Wellons' lowbias32), keyed twice: as dropout's.
CK_INLINE uint32_t ck_hash(uint32_t i, uint32_t low, uint32_t high) {
  uint32_t h = i ^ low;
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  h = (h ^ (h >> 16)) + high;
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  return h ^ (h >> 16);
}

// Two uniform numbers give one normal number; the first is never 0.
static float ck_normal_at(uint64_t key, size_t i) {
  uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  float u = ((float)(ck_hash((uint32_t)(2 * i), low, high) >> 8) + 0.5f) / 16777216.0f;
  float v = (float)(ck_hash((uint32_t)(2 * i + 1), low, high) >> 8) / 16777216.0f;
  return sqrtf(-2 * logf(u)) * cosf(6.28318531f * v);
}

void ck_normal(uint64_t key, size_t n, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = ck_normal_at(key, i);
}

void ck_add_noise(float deviation, uint64_t key, size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] + deviation * ck_normal_at(key, i);
}

void ck_scale_noise(float deviation, uint64_t key, size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] * (1 + deviation * ck_normal_at(key, i));
}

void ck_sample_normal(
    uint64_t key, size_t n, const float *mean, const float *log_variance, float *noise, float *y) {
  for (size_t i = 0; i < n; i++) {
    noise[i] = ck_exp(0.5f * log_variance[i]) * ck_normal_at(key, i);
    y[i] = mean[i] + noise[i];
  }
}

CK_CLONES
double ck_normal_divergence(size_t n, const float *mean, const float *log_variance) {
  double total = 0;
  for (size_t start = 0; start < n; start += BLOCK) {
#pragma clang fp reassociate(on)
    size_t end = start + BLOCK < n ? start + BLOCK : n;
    float sum = 0.0f;
    for (size_t i = start; i < end; i++) {
      float v = log_variance[i];
      sum += mean[i] * mean[i] + ck_exp(v) - 1.0f - v;
    }
    total += 0.5 * (double)sum;
  }
  return total;
}

CK_CLONES
void ck_sample_normal_backward(
    float weight, size_t n, const float *mean, const float *log_variance, const float *noise,
    const float *dy, float *d_mean, float *d_log_variance) {
  if (d_mean) {
    CK_IN_PLACE for (size_t i = 0; i < n; i++) d_mean[i] = dy[i] + weight * mean[i];
  }
  if (d_log_variance) {
    CK_IN_PLACE for (size_t i = 0; i < n; i++)
      d_log_variance[i] = 0.5f * (dy[i] * noise[i] + weight * (ck_exp(log_variance[i]) - 1.0f));
  }
}

CK_CLONES
void ck_dropout_channels(
    float rate, uint64_t key, size_t samples, size_t places, size_t channels, const float *x,
    float *y) {
  const uint32_t limit = (uint32_t)(rate * 16777216.0f);
  const float scale = 1.0f / (1.0f - rate);
  const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  for (size_t s = 0; s < samples; s++)
    for (size_t p = 0; p < places; p++) {
      const float *from = x + (s * places + p) * channels;
      float *to = y + (s * places + p) * channels;
      CK_IN_PLACE for (size_t c = 0; c < channels; c++) {
        float t = from[c] * scale;
        to[c] = (ck_hash((uint32_t)(s * channels + c), low, high) >> 8) < limit ? 0.0f : t;
      }
    }
}
