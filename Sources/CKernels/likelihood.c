// Negative log-likelihoods of distributions whose parameters a network gives.
#include "include/ck_likelihood.h"

#include "loss_math.h"

// Keeps a scale from 0, where a residual over it would overflow.
#define LEAST_SCALE 1e-6f
#define HALF_LOG_TWO_PI 0.918938533f

CK_INLINE float scale_of(float s) { return ck_softplus(s) + LEAST_SCALE; }

// -log of the density of `n` independent normal targets, without the constant.
CK_INLINE float normal_row(size_t n, const float *m, const float *s, const float *y) {
#pragma clang fp reassociate(on)
  float sum = 0.0f;
  for (size_t j = 0; j < n; j++) {
    float sigma = scale_of(s[j]), r = (y[j] - m[j]) / sigma;
    sum += 0.5f * r * r + ck_log(sigma);
  }
  return sum;
}

// Its gradient times `factor`. With r = (y - m) / sigma the slopes are -r / sigma in m and
// (1 - r^2) / sigma in sigma, and softplus has the slope sigmoid.
CK_INLINE void normal_slopes(
    size_t n, const float *restrict m, const float *restrict s, const float *restrict y,
    float factor, float *restrict dm, float *restrict ds) {
  for (size_t j = 0; j < n; j++) {
    float sigma = scale_of(s[j]), r = (y[j] - m[j]) / sigma;
    dm[j] = -factor * r / sigma;
    ds[j] = factor * (1.0f - r * r) / sigma * ck_sigmoid(s[j]);
  }
}

CK_CLONES
double ck_normal_likelihood(
    size_t rows, size_t targets, const float *z, const float *y, ck_weights weights, float scale,
    float *d) {
  double total = 0, constant = (double)targets * (double)HALF_LOG_TWO_PI;
  for (size_t i = 0; i < rows; i++) {
    const float *m = z + 2 * i * targets, *yi = y + i * targets;
    float w = weight_of(weights, i);
    total += (double)w * ((double)normal_row(targets, m, m + targets, yi) + constant);
    if (!d) continue;
    float *di = d + 2 * i * targets;
    normal_slopes(targets, m, m + targets, yi, scale * w, di, di + targets);
  }
  return total;
}

CK_CLONES
double ck_mixture_likelihood(
    size_t rows, size_t components, size_t targets, const float *z, const float *y,
    ck_weights weights, float scale, float *d) {
  double total = 0, constant = (double)targets * (double)HALF_LOG_TWO_PI;
  size_t width = components * (1 + 2 * targets);
  for (size_t i = 0; i < rows; i++) {
    const float *a = z + i * width, *yi = y + i * targets;
    float *di = d ? d + i * width : 0;
    float top = ck_largest(components, a), mass = 0.0f, w = weight_of(weights, i);
    for (size_t k = 0; k < components; k++) mass += ck_exp(a[k] - top);
    float log_mass = top + logf(mass);
    // The sum of exp(l) over the components, divided by exp of the largest l so far. The gradient of the
    // logits is where each l waits.
    float most = -INFINITY, sum = 0.0f;
    for (size_t k = 0; k < components; k++) {
      const float *m = a + components + 2 * targets * k;
      float l = a[k] - normal_row(targets, m, m + targets, yi);
      if (di) di[k] = l;
      if (l > most) {
        sum = sum * ck_exp(most - l) + 1.0f;
        most = l;
      } else {
        sum += ck_exp(l - most);
      }
    }
    float log_sum = most + logf(sum);
    total += (double)w * ((double)log_mass - (double)log_sum + constant);
    if (!di) continue;
    float factor = scale * w;
    for (size_t k = 0; k < components; k++) {
      // The component's part in the density of the target: its responsibility (Bishop 1994).
      float part = ck_exp(di[k] - log_sum);
      size_t offset = components + 2 * targets * k;
      const float *m = a + offset;
      di[k] = factor * (ck_exp(a[k] - log_mass) - part);
      normal_slopes(
          targets, m, m + targets, yi, factor * part, di + offset, di + offset + targets);
    }
  }
  return total;
}

// log(y!) for y >= 0: Stirling's series behind 8, to which the recurrence of the gamma function leads;
// the first term that is left out is below 1e-9.
CK_INLINE double log_factorial(double y) {
  if (!(y >= 0)) return NAN;
  double x = y + 1, product = 1;
  while (x < 8) {
    product *= x;
    x += 1;
  }
  double q = 1 / (x * x);
  double series = (1.0 / 12 - q * (1.0 / 360 - q / 1260)) / x;
  return (x - 0.5) * log(x) - x + 0.91893853320467274 + series - log(product);
}

double ck_log_factorial(double y) { return log_factorial(y); }

CK_CLONES
double ck_poisson_likelihood(
    size_t rows, size_t columns, const float *z, const float *y, ck_weights weights, float scale,
    float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *restrict zi = z + i * columns, *restrict yi = y + i * columns;
    float sum = 0.0f, w = weight_of(weights, i), factor = scale * w;
    double constant = 0;
    for (size_t j = 0; j < columns; j++) constant += log_factorial((double)yi[j]);
    for (size_t j = 0; j < columns; j++) sum += ck_exp(zi[j]) - yi[j] * zi[j];
    total += (double)w * ((double)sum + constant);
    if (!d) continue;
    float *restrict di = d + i * columns;
    for (size_t j = 0; j < columns; j++) di[j] = factor * (ck_exp(zi[j]) - yi[j]);
  }
  return total;
}
