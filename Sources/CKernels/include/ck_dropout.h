#ifndef CK_DROPOUT_H
#define CK_DROPOUT_H
#include <stddef.h>
#include <stdint.h>

/// y[i] = x[i] / (1 - rate), or 0 with probability `rate`. The mask is a pure function of (key, i):
/// the same call with the gradient as x is the backward pass. y may be x.
void ck_dropout(float rate, uint64_t key, size_t n, const float *x, float *y);
#endif
