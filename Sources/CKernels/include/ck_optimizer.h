#ifndef CK_OPTIMIZER_H
#define CK_OPTIMIZER_H
#include <stddef.h>

/// w -= decay w, then w -= rate g. `decay` is already multiplied by the learning rate.
void ck_sgd(size_t n, float rate, float decay, float *w, const float *g);

/// v = momentum v - rate g; w += v, or with Nesterov's look-ahead w += momentum v - rate g.
void ck_momentum(
    size_t n, float rate, float momentum, int nesterov, float decay, float *w, const float *g,
    float *v);

/// m += (1 - beta1)(g - m); v += (1 - beta2)(g^2 - v); w -= rate m / (sqrt(v) + epsilon), after
/// w -= decay w. `rate` includes the bias correction, `decay` the learning rate.
/// Kingma and Ba (2015), algorithm 1 in the order of its section 2; Loshchilov and Hutter (2019).
void ck_adam(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float *w,
    const float *g, float *m, float *v);
#endif
