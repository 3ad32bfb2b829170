#include "include/ck_attention.h"

#include <string.h>

#include "clones.h"

void ck_swap_axes(
    size_t samples, size_t places, size_t heads, size_t width, const float *x, float *y) {
  for (size_t s = 0; s < samples; s++)
    for (size_t p = 0; p < places; p++)
      for (size_t h = 0; h < heads; h++)
        memcpy(
            y + ((s * heads + h) * places + p) * width, x + ((s * places + p) * heads + h) * width,
            width * sizeof *y);
}

// Whether a query that is there, or not, sees any of the first `seen` keys.
CK_INLINE int ck_sees(int is_there, size_t seen, const float *mask) {
  if (!is_there || !mask) return is_there;
  int found = 0;
  for (size_t k = 0; k < seen; k++) found |= mask[k] != 0;
  return found;
}

CK_CLONES
void ck_attention_softmax(
    size_t samples, size_t heads, size_t queries, size_t keys, float scale, int causal,
    float unseeing, const float *queryMask, const float *keyMask, float *s) {
  for (size_t b = 0; b < samples; b++)
    for (size_t h = 0; h < heads; h++)
      for (size_t q = 0; q < queries; q++) {
        float *row = s + ((b * heads + h) * queries + q) * keys;
        const float *mask = keyMask ? keyMask + b * keys : 0;
        size_t seen = causal && q + 1 < keys ? q + 1 : keys;
        int is_there = !queryMask || queryMask[b * queries + q] != 0;
        if (!ck_sees(is_there, seen, mask)) {
          for (size_t k = 0; k < keys; k++) row[k] = unseeing;
          continue;
        }
        // What is not seen counts as far below everything that is.
        float most = -3e38f;
        for (size_t k = 0; k < seen; k++) {
          row[k] *= scale;
          float v = mask && mask[k] == 0 ? -3e38f : row[k];
          most = v > most ? v : most;
        }
        float sum = 0;
        for (size_t k = 0; k < seen; k++) {
          float e = ck_exp(row[k] - most);
          // NaN stays: a diverged run must not look healthy.
          e = row[k] == row[k] ? e : row[k];
          row[k] = mask && mask[k] == 0 ? 0 : e;
          sum += row[k];
        }
        float inverse = 1 / sum;
        for (size_t k = 0; k < seen; k++) row[k] *= inverse;
        for (size_t k = seen; k < keys; k++) row[k] = 0;
      }
}

CK_CLONES
void ck_attention_drop_unseeing(
    size_t samples, size_t heads, size_t queries, size_t keys, int causal, const float *queryMask,
    const float *keyMask, float *g) {
  for (size_t b = 0; b < samples; b++)
    for (size_t q = 0; q < queries; q++) {
      size_t seen = causal && q + 1 < keys ? q + 1 : keys;
      int is_there = !queryMask || queryMask[b * queries + q] != 0;
      if (ck_sees(is_there, seen, keyMask ? keyMask + b * keys : 0)) continue;
      for (size_t h = 0; h < heads; h++)
        memset(g + ((b * heads + h) * queries + q) * keys, 0, keys * sizeof *g);
    }
}
