#ifndef CK_LOSS_H
#define CK_LOSS_H
#include <stddef.h>

// Every function returns the SUM of the loss over the rows and, when d is not null, writes the
// gradient times `scale` to d. NaN in gives NaN out.

/// Softmax and cross-entropy from logits z; p receives the probabilities. `label` holds a class
/// number for each row; one that is no class makes the row's loss and gradient NaN.
double ck_softmax_cross_entropy_sparse(
    size_t rows, size_t columns, const float *z, const float *label, float scale, float *p,
    float *d);
/// The same for target distributions y, rows x columns.
double ck_softmax_cross_entropy(
    size_t rows, size_t columns, const float *z, const float *y, float scale, float *p, float *d);
/// Sigmoid and binary cross-entropy from logits z, the mean over the columns of each row.
double ck_sigmoid_cross_entropy(
    size_t rows, size_t columns, const float *z, const float *y, float scale, float *p, float *d);

/// Cross-entropy from probabilities, clipped to [1e-7, 1 - 1e-7] as Keras does.
double ck_cross_entropy_sparse(
    size_t rows, size_t columns, const float *p, const float *label, float scale, float *d);
double ck_cross_entropy(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d);
double ck_binary_cross_entropy(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d);

/// Means over the columns of each row: (p - y)^2, |p - y|, and Huber's function.
double ck_squared_error(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d);
double ck_absolute_error(
    size_t rows, size_t columns, const float *p, const float *y, float scale, float *d);
double ck_huber(
    size_t rows, size_t columns, const float *p, const float *y, float delta, float scale,
    float *d);
#endif
