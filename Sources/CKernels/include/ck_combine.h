#ifndef CK_COMBINE_H
#define CK_COMBINE_H
#include <stddef.h>

// x and y, and dx, do not overlap.

/// y[i] += x[i].
void ck_add(size_t n, const float *x, float *y);
/// y[i] += a x[i].
void ck_add_scaled(size_t n, float a, const float *x, float *y);
/// y[i] *= a.
void ck_scale_by(size_t n, float a, float *y);
/// y[i] *= x[i].
void ck_multiply(size_t n, const float *x, float *y);
/// y[i] = the larger of x[i] and y[i], or with `sign` -1 the smaller; NaN when either is.
void ck_select(size_t n, float sign, const float *x, float *y);
/// dx[i] = 0 where `other` was chosen before x: where it is larger (with `sign` -1 smaller), or with
/// `other_first` equal.
void ck_select_gradient(
    size_t n, float sign, int other_first, const float *x, const float *other, float *dx);
/// y = y + x in each of its rows of n numbers.
void ck_add_to_rows(size_t rows, size_t n, const float *x, float *y);
#endif
