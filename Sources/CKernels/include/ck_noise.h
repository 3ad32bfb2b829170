#ifndef CK_NOISE_H
#define CK_NOISE_H
#include <stddef.h>
#include <stdint.h>

/// y[i] = n[i], standard normal numbers that are a pure function of (key, i): Box and Muller (1958) over
/// a keyed hash.
void ck_normal(uint64_t key, size_t n, float *y);

/// Drops whole channels: for each sample and channel all `places` numbers are x / (1 - rate) or 0, by a
/// mask that is a pure function of (key, sample, channel). y may be x.
void ck_dropout_channels(
    float rate, uint64_t key, size_t samples, size_t places, size_t channels, const float *x,
    float *y);

/// y[i] = x[i] (1 + deviation n[i]) with ck_normal's n. y may be x.
void ck_scale_noise(float deviation, uint64_t key, size_t n, const float *x, float *y);

/// y[i] = x[i] + deviation n[i]. y may be x.
void ck_add_noise(float deviation, uint64_t key, size_t n, const float *x, float *y);

/// noise[i] = exp(log_variance[i] / 2) n[i] with ck_normal's n, and y[i] = mean[i] + noise[i].
void ck_sample_normal(
    uint64_t key, size_t n, const float *mean, const float *log_variance, float *noise, float *y);

/// The sum of the divergences KL(N(mean, exp(log_variance)) || N(0, 1)).
double ck_normal_divergence(size_t n, const float *mean, const float *log_variance);

/// From the gradient dy of ck_sample_normal's y: that of the means and of the log variances, with
/// `weight` times that of the divergence; either may be null.
void ck_sample_normal_backward(
    float weight, size_t n, const float *mean, const float *log_variance, const float *noise,
    const float *dy, float *d_mean, float *d_log_variance);
#endif
