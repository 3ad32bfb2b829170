#ifndef CK_LIKELIHOOD_H
#define CK_LIKELIHOOD_H
#include <stddef.h>

#include "ck_loss.h"

// Each returns the weighted SUM over the rows of -log p(y | z) and, when d is not null, writes the
// gradient times `scale` to d, which must not overlap z. A row's targets are independent given z (of a
// mixture: given the component). NaN in gives NaN out.

/// Normal: z is rows x 2 targets, the means of a row, then what softplus makes scales of.
double ck_normal_likelihood(
    size_t rows, size_t targets, const float *z, const float *y, ck_weights weights, float scale,
    float *d);

/// A mixture of normal distributions: z is rows x components (1 + 2 targets), the components' logits of
/// a row, then for each component its means and its scales as above.
double ck_mixture_likelihood(
    size_t rows, size_t components, size_t targets, const float *z, const float *y,
    ck_weights weights, float scale, float *d);

/// Poisson: z is the logarithms of the rates, rows x columns as y. A target below 0 gives NaN.
double ck_poisson_likelihood(
    size_t rows, size_t columns, const float *z, const float *y, ck_weights weights, float scale,
    float *d);

/// log(y!), that is the logarithm of the gamma function at y + 1, for y >= 0; else NaN. Absolute error
/// below 1e-8.
double ck_log_factorial(double y);
#endif
