#ifndef CK_EXCHANGE_H
#define CK_EXCHANGE_H
#include <stddef.h>

// What a worker's weights and those that all workers share do to each other. No two arrays overlap.

/// The elastic force: d = alpha (own - shared); own -= d; shared += d.
void ck_elastic(size_t n, float alpha, float *own, float *shared);
/// The same where own is momentum velocity ahead of the weights that are pulled; start = own.
void ck_elastic_ahead(
    size_t n, float alpha, float momentum, const float *velocity, float *own, float *start, float *shared);
/// With u = own - start: velocity = momentum velocity + u; own += momentum velocity; start = own.
void ck_add_momentum(size_t n, float momentum, float *start, float *velocity, float *own);
/// shared += (1 - lost) (own - start); own = start = shared. With lost = 0 and shared = start the result
/// is own to the bit.
void ck_take_change(size_t n, float lost, float *own, float *start, float *shared);
/// With u = own - start, the worker's change since the last time: moment = momentum moment + u;
/// d = shared - seen; pi = (kappa |moment| - |d|) / |u| within 0...5; seen = shared; shared += pi u;
/// own = start = shared.
void ck_match_energy(
    size_t n, float momentum, float kappa, float *own, float *start, float *seen, float *moment,
    float *shared);
/// change = factor (start - own).
void ck_scaled_change(size_t n, float factor, const float *start, const float *own, float *change);
/// The same; whether all of change is finite.
_Bool ck_finite_change(size_t n, float factor, const float *start, const float *own, float *change);
/// Whether no number of a + b is larger than limit in magnitude, or NaN.
_Bool ck_sum_is_within(size_t n, float limit, const float *a, const float *b);
/// With d = factor change: velocity = momentum velocity + d; start -= rate (d + momentum velocity);
/// own = start.
void ck_outer_step(
    size_t n, float rate, float momentum, float factor, const float *change, float *velocity,
    float *start, float *own);
/// g += lambda g^2 (now - read): the gradient at `read` as it would be at `now`, with g^2 for the Hessian's
/// diagonal. `now` may be changed by others meanwhile. Zheng et al. (2017), equation 10.
void ck_compensate(size_t n, float lambda, const float *now, const float *read, float *g);
#endif
