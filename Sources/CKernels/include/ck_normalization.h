#ifndef CK_NORMALIZATION_H
#define CK_NORMALIZATION_H
#include <stddef.h>

// Batch normalization over rows x columns, each column by itself. NaN in gives NaN out.

/// Mean and variance (divided by the number of rows) of each column, in two passes.
void ck_column_moments(
    size_t rows, size_t columns, const float *x, float *mean, float *variance);

/// y = x scale + shift, column by column. y may be x.
void ck_column_affine(
    size_t rows, size_t columns, const float *x, const float *scale, const float *shift, float *y);

/// Sums over the rows of dy, and of dy (x - mean) inverse, column by column.
void ck_column_gradient_sums(
    size_t rows, size_t columns, const float *x, const float *dy, const float *mean,
    const float *inverse, float *sum, float *product);

/// dx = scale (dy - sum / rows - (x - mean) inverse product / rows), column by column, where scale =
/// gamma inverse: Ioffe and Szegedy (2015), section 3. dx may be dy.
void ck_batch_norm_backward(
    size_t rows, size_t columns, const float *x, const float *dy, const float *mean,
    const float *inverse, const float *scale, const float *sum, const float *product, float *dx);

// Normalization of each of `rows` stretches of `count` numbers by its own mean and variance.

/// z = (x - mean) / sqrt(variance + epsilon); the reciprocal roots go to `inverse`, one per row. With
/// `root_only` nonzero the mean is taken as 0 (RMS normalization). z may be x.
void ck_row_normalize(
    size_t rows, size_t count, float epsilon, int root_only, const float *x, float *z,
    float *inverse);

/// dx from dz, z and `inverse` of ck_row_normalize: Ba, Kiros and Hinton (2016). dx may be dz.
void ck_row_normalize_backward(
    size_t rows, size_t count, int root_only, const float *z, const float *dz,
    const float *inverse, float *dx);

/// y[r][p][c] = z[r][p][c] gamma[c] + beta[c] over rows of `columns`; either may be null. y may be z.
void ck_rows_affine(
    size_t rows, size_t columns, const float *z, const float *gamma, const float *beta, float *y);

/// dgamma = column sums of dy z, dbeta = column sums of dy (either may be null); then dz = dy gamma
/// in the place of dy, where gamma is not null.
void ck_rows_affine_backward(
    size_t rows, size_t columns, const float *z, const float *gamma, float *dy, float *dgamma,
    float *dbeta);
#endif
