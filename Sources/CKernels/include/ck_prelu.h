#ifndef CK_PRELU_H
#define CK_PRELU_H
#include <stddef.h>
#include <stdint.h>

// x, y and their gradients have rows of n numbers. Number i of a row has the slope alpha[places[i]], or
// alpha[i] where places is null. He and others (2015), https://arxiv.org/abs/1502.01852.

/// y = x, or below 0 alpha x.
void ck_prelu_forward(
    size_t rows, size_t n, const float *alpha, const uint32_t *places, const float *x, float *y);
/// dx (overwritten unless null) = dy, at 0 nothing, below 0 alpha dy; dalpha (`count` numbers,
/// overwritten) = the sums of x dy below 0.
void ck_prelu_backward(
    size_t rows, size_t n, size_t count, const float *alpha, const uint32_t *places, const float *x,
    const float *dy, float *dx, float *dalpha);
#endif
