#include "include/ck_regularizer.h"

#include "clones.h"

// Single precision is added up over this many weights, then in double precision.
#define BLOCK 4096

CK_CLONES
double ck_regularize(size_t n, float l1, float l2, const float *w, float *g) {
  double total = 0;
  for (size_t start = 0; start < n; start += BLOCK) {
#pragma clang fp reassociate(on)
    size_t end = start + BLOCK < n ? start + BLOCK : n;
    float sizes = 0.0f, squares = 0.0f;
    for (size_t i = start; i < end; i++) {
      sizes += ck_abs(w[i]);
      squares += w[i] * w[i];
    }
    total += (double)l1 * (double)sizes + (double)l2 * (double)squares;
    if (!g) continue;
    CK_IN_PLACE for (size_t i = start; i < end; i++) {
      float sign = w[i] > 0.0f ? 1.0f : (w[i] < 0.0f ? -1.0f : w[i]);
      g[i] += l1 * sign + 2.0f * l2 * w[i];
    }
  }
  return total;
}
