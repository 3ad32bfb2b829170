#ifndef CK_OPTIMIZER_H
#define CK_OPTIMIZER_H
#include <stddef.h>

// What all rules share: n parameters w, their gradient g, flat and each in memory of its own.
// `rate` is the step's learning rate. `decay` is the learning rate times the weight decay: the rule
// starts from w - decay w. NaN in a gradient gives NaN in the parameter.

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

/// Adam with h = max(h, v) in the place of v. Reddi, Kale and Kumar (2018), algorithm 2.
void ck_amsgrad(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float *w,
    const float *g, float *m, float *v, float *h);

/// Adam's m and v; w -= rate (slope m + pull g) / (sqrt(correct v) + epsilon). Dozat (2016).
void ck_nadam(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float slope,
    float pull, float correct, float *w, const float *g, float *m, float *v);

/// Adam's m; u = max(beta2 u, |g|); w -= rate m / (u + epsilon). `rate` includes the bias
/// correction. Kingma and Ba (2015), algorithm 2.
void ck_adamax(
    size_t n, float rate, float beta1, float beta2, float epsilon, float decay, float *w,
    const float *g, float *m, float *u);

/// v = rho v + (1 - rho) g^2; w -= rate g / sqrt(v + epsilon).
/// `mean`, when not NULL: a = rho a + (1 - rho) g, and v - a^2 in the place of v (Graves, 2013,
/// equations 38 to 41). `speed`, when not NULL: p = momentum p + the change; w -= p.
void ck_rmsprop(
    size_t n, float rate, float rho, float momentum, float epsilon, float decay, float *w,
    const float *g, float *v, float *mean, float *speed);

/// a = rho a + (1 - rho) g^2; x = sqrt(d + epsilon) g / sqrt(a + epsilon);
/// d = rho d + (1 - rho) x^2; w -= rate x. Zeiler (2012), algorithm 1.
void ck_adadelta(
    size_t n, float rate, float rho, float epsilon, float decay, float *w, const float *g, float *a,
    float *d);

/// a += g^2; w -= rate g / sqrt(a + offset). Duchi, Hazan and Singer (2011).
void ck_adagrad(
    size_t n, float rate, float offset, float decay, float *w, const float *g, float *a);

/// w -= rate sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g. Chen et al. (2023),
/// algorithm 2.
void ck_lion(
    size_t n, float rate, float beta1, float beta2, float decay, float *w, const float *g, float *m);

/// The first half of LAMB for one array: Adam's m and v, w -= decay w, and the squares of w and of
/// the change (correct1 m) / (sqrt(correct2 v) + epsilon) in squares[0] and squares[1].
/// You et al. (2020), algorithm 2.
void ck_lamb_moments(
    size_t n, float beta1, float beta2, float epsilon, float decay, float correct1, float correct2,
    float *w, const float *g, float *m, float *v, double *squares);

/// The second half: w -= rate (correct1 m) / (sqrt(correct2 v) + epsilon).
void ck_lamb_step(
    size_t n, float rate, float epsilon, float correct1, float correct2, float *w, const float *m,
    const float *v);

/// v = momentum v + rate (g + decay w); w -= v, or with Nesterov's look-ahead
/// w -= momentum v + rate (g + decay w). Here `decay` is the weight decay itself, `rate` the array's
/// own. You, Gitman and Ginsburg (2017), algorithm 1.
void ck_lars(
    size_t n, float rate, float momentum, int nesterov, float decay, float *w, const float *g,
    float *v);

/// s += g; a += g^2; w = -rate shrink(s, l1) / (l2 + sqrt(a + offset)); shrink(x, l) takes l from
/// |x|, not below 0. `l1` and `l2` are those of this step. Duchi, Hazan and Singer (2011).
void ck_adagrad_da(
    size_t n, float rate, float offset, float l1, float l2, float *w, const float *g, float *s,
    float *a);

/// FTRL-Proximal; see `FTRL`. a += g^2 and z are the state, `offset` the accumulator's first value.
/// McMahan et al. (2013), algorithm 1.
void ck_ftrl(
    size_t n, float rate, float power, float offset, float l1, float l2, float shrinkage, float *w,
    const float *g, float *a, float *z);

/// a += g^2; r = rate / sqrt(a + offset); w = shrink(w - r g, r l1) / (1 + r l2).
/// Duchi and Singer (2009).
void ck_proximal_adagrad(
    size_t n, float rate, float offset, float l1, float l2, float *w, const float *g, float *a);

/// w = shrink(w - rate g, rate l1) / (1 + rate l2). Duchi and Singer (2009).
void ck_proximal_sgd(
    size_t n, float rate, float l1, float l2, float *w, const float *g);

/// The sum of the squares of n numbers.
double ck_sum_of_squares(size_t n, const float *x);
/// The same in single precision, relative error about 1e-5, and faster: infinite where a square of the
/// numbers overflows, from 2e19 on.
double ck_quick_sum_of_squares(size_t n, const float *x);
/// x *= factor.
void ck_scale(size_t n, float factor, float *x);
/// Each x into -limit...limit; NaN stays.
void ck_clip(size_t n, float limit, float *x);
/// a += g.
void ck_accumulate(size_t n, const float *g, float *a);
/// g = factor (g + a); a = 0.
void ck_take_accumulated(size_t n, float factor, float *g, float *a);
/// a = momentum a + (1 - momentum) w.
void ck_average(size_t n, float momentum, const float *w, float *a);
#endif
