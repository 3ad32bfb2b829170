#include "include/ck_dropout.h"

#include "clones.h"

CK_CLONES
void ck_dropout(float rate, uint64_t key, size_t n, const float *x, float *y) {
  const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  // The hash's upper 24 bits against the rate: exact in float.
  const uint32_t limit = (uint32_t)(rate * 16777216.0f);
  const float scale = 1.0f / (1.0f - rate);
  CK_IN_PLACE for (size_t i = 0; i < n; i++) {
    // Two rounds of a 32-bit mixer with full avalanche (Wellons' lowbias32), keyed twice.
    uint32_t h = (uint32_t)i ^ low;
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    h = (h ^ (h >> 16)) + high;
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    h = h ^ (h >> 16);
    float t = x[i] * scale;
    y[i] = (h >> 8) < limit ? 0.0f : t;
  }
}
