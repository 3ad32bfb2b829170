#ifndef CK_REGULARIZER_H
#define CK_REGULARIZER_H
#include <stddef.h>

/// The sum of l1 |w| + l2 w^2 over n weights; adds its gradient, l1 sign(w) + 2 l2 w, to g unless g
/// is null. The slope of |w| at 0 is 0.
double ck_regularize(size_t n, float l1, float l2, const float *w, float *g);
#endif
