// Matern-5/2 covariances (Rasmussen and Williams 2006, equation 4.17) in double precision:
//   m(r) = (1 + s + s^2 / 3) exp(-s),  s = sqrt(5) r,   dm / d(r^2) = -5/6 (1 + s) exp(-s).
#include "include/ck_matern.h"

#include "clones.h"

#define BLOCK 128

typedef union {
  double f;
  int64_t i;
} ck_bits64;

// exp(x) for x <= 0, relative error 3e-16; below -708 the smallest normal number.
// x = n ln 2 + r (Cody and Waite), exp(r) by Taylor's series to r^12.
CK_INLINE double ck_exp64(double x) {
  x = x < -708.0 ? -708.0 : x;
  ck_bits64 n;
  n.f = x * 1.4426950408889634 + 6755399441055744.0;  // 1.5 * 2^52
  double k = n.f - 6755399441055744.0;
  double r = x - k * 6.93147180369123816490e-01;
  r = r - k * 1.90821492927058770002e-10;
  double p = 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  ck_bits64 scale;
  scale.i = (int64_t)((uint64_t)(n.i + 1023) << 52);
  return p * scale.f;
}

CK_INLINE double ck_root(double x) { return __builtin_elementwise_sqrt(x); }

// m(r) from r^2.
CK_INLINE double ck_matern52(double square) {
  double s = ck_root(5.0 * square);
  return (1.0 + s * (1.0 + s * (1.0 / 3))) * ck_exp64(-s);
}

// -2 dm / d(r^2).
CK_INLINE double ck_matern52_slope(double square) {
  double s = ck_root(5.0 * square);
  return (5.0 / 3) * (1.0 + s) * ck_exp64(-s);
}

CK_CLONES
void ck_matern_distances(
    size_t groups, const size_t *first, size_t n, size_t stride, const double *x, double *d) {
  size_t pairs = n * (n + 1) / 2;
  for (size_t g = 0; g < groups; g++) {
    double *restrict out = d + g * pairs;
    for (size_t i = 0; i < n; i++, out += i) {
      for (size_t j = 0; j <= i; j++) out[j] = 0;
      for (size_t c = first[g]; c < first[g + 1]; c++) {
        const double *restrict column = x + c * stride;
        double here = column[i];
        for (size_t j = 0; j <= i; j++) out[j] += (here - column[j]) * (here - column[j]);
      }
    }
  }
}

CK_CLONES
void ck_matern_pairs(const ck_matern *kernel, size_t pairs, const double *d, double *k) {
  double square[BLOCK], sum[BLOCK];
  for (size_t start = 0; start < pairs; start += BLOCK) {
    size_t n = pairs - start < BLOCK ? pairs - start : BLOCK;
    for (size_t i = 0; i < n; i++) square[i] = sum[i] = 0;
    for (size_t g = 0; g < kernel->groups; g++) {
      const double *restrict q = d + g * pairs + start;
      double joint = kernel->joint[g], single = kernel->single[g];
      double variance = kernel->singleVariance[g];
      for (size_t i = 0; i < n; i++) square[i] += joint * q[i];
      if (variance > 0)
        for (size_t i = 0; i < n; i++) sum[i] += variance * ck_matern52(single * q[i]);
    }
    double variance = kernel->jointVariance;
    double *restrict out = k + start;
    for (size_t i = 0; i < n; i++) out[i] = sum[i] + variance * ck_matern52(square[i]);
  }
}

CK_CLONES
void ck_matern_pairs_gradient(
    const ck_matern *kernel, size_t pairs, const double *d, const double *w, double *gradient) {
#pragma clang fp reassociate(on)
  size_t groups = kernel->groups;
  double square[BLOCK];
  for (size_t start = 0; start < pairs; start += BLOCK) {
    size_t n = pairs - start < BLOCK ? pairs - start : BLOCK;
    const double *restrict v = w + start;
    for (size_t i = 0; i < n; i++) square[i] = 0;
    for (size_t g = 0; g < groups; g++) {
      const double *restrict q = d + g * pairs + start;
      double joint = kernel->joint[g], single = kernel->single[g];
      double variance = kernel->singleVariance[g];
      for (size_t i = 0; i < n; i++) square[i] += joint * q[i];
      if (variance > 0) {
        double slope = 0, level = 0;
        for (size_t i = 0; i < n; i++) {
          double r = single * q[i], s = ck_root(5.0 * r), e = v[i] * ck_exp64(-s);
          slope += (1.0 + s) * r * e;
          level += (1.0 + s * (1.0 + s * (1.0 / 3))) * e;
        }
        gradient[groups + g] += (5.0 / 3) * variance * slope;
        gradient[2 * groups + g] += variance * level;
      }
    }
    double variance = kernel->jointVariance, level = 0;
    for (size_t i = 0; i < n; i++) {
      double s = ck_root(5.0 * square[i]), e = v[i] * ck_exp64(-s);
      level += (1.0 + s * (1.0 + s * (1.0 / 3))) * e;
      square[i] = (5.0 / 3) * (1.0 + s) * e;
    }
    gradient[3 * groups] += variance * level;
    for (size_t g = 0; g < groups; g++) {
      const double *restrict q = d + g * pairs + start;
      double sum = 0;
      for (size_t i = 0; i < n; i++) sum += square[i] * q[i];
      gradient[g] += variance * kernel->joint[g] * sum;
    }
  }
}

// The squared distances of one group between a point and a block of points.
CK_INLINE void ck_group_distance(
    const ck_matern *kernel, size_t g, size_t n, size_t stride, const double *x, const double *q,
    double *restrict out) {
  for (size_t i = 0; i < n; i++) out[i] = 0;
  for (size_t c = kernel->first[g]; c < kernel->first[g + 1]; c++) {
    const double *restrict column = x + c * stride;
    double here = q[c];
    for (size_t i = 0; i < n; i++) out[i] += (here - column[i]) * (here - column[i]);
  }
}

CK_CLONES
void ck_matern_cross(
    const ck_matern *kernel, size_t n, size_t stride, const double *x, const double *q, double *k) {
  double square[BLOCK], sum[BLOCK], part[BLOCK];
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t m = n - start < BLOCK ? n - start : BLOCK;
    for (size_t i = 0; i < m; i++) square[i] = sum[i] = 0;
    for (size_t g = 0; g < kernel->groups; g++) {
      ck_group_distance(kernel, g, m, stride, x + start, q, part);
      double joint = kernel->joint[g], single = kernel->single[g];
      double variance = kernel->singleVariance[g];
      for (size_t i = 0; i < m; i++) square[i] += joint * part[i];
      if (variance > 0)
        for (size_t i = 0; i < m; i++) sum[i] += variance * ck_matern52(single * part[i]);
    }
    double variance = kernel->jointVariance;
    double *restrict out = k + start;
    for (size_t i = 0; i < m; i++) out[i] = sum[i] + variance * ck_matern52(square[i]);
  }
}

CK_CLONES
void ck_matern_cross_gradient(
    const ck_matern *kernel, size_t n, size_t stride, const double *x, const double *q,
    const double *w, double *gradient) {
#pragma clang fp reassociate(on)
  double square[BLOCK], part[BLOCK];
  for (size_t c = 0; c < kernel->first[kernel->groups]; c++) gradient[c] = 0;
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t m = n - start < BLOCK ? n - start : BLOCK;
    const double *restrict v = w + start;
    for (size_t i = 0; i < m; i++) square[i] = 0;
    for (size_t g = 0; g < kernel->groups; g++) {
      ck_group_distance(kernel, g, m, stride, x + start, q, part);
      double joint = kernel->joint[g], single = kernel->single[g];
      double factor = kernel->singleVariance[g] * single;
      for (size_t i = 0; i < m; i++) square[i] += joint * part[i];
      if (factor > 0) {
        for (size_t i = 0; i < m; i++) part[i] = v[i] * ck_matern52_slope(single * part[i]);
        for (size_t c = kernel->first[g]; c < kernel->first[g + 1]; c++) {
          const double *restrict column = x + c * stride + start;
          double sum = 0, here = q[c];
          for (size_t i = 0; i < m; i++) sum += part[i] * (column[i] - here);
          gradient[c] += factor * sum;
        }
      }
    }
    for (size_t i = 0; i < m; i++) square[i] = v[i] * ck_matern52_slope(square[i]);
    for (size_t g = 0; g < kernel->groups; g++) {
      double factor = kernel->jointVariance * kernel->joint[g];
      for (size_t c = kernel->first[g]; c < kernel->first[g + 1]; c++) {
        const double *restrict column = x + c * stride + start;
        double sum = 0, here = q[c];
        for (size_t i = 0; i < m; i++) sum += square[i] * (column[i] - here);
        gradient[c] += factor * sum;
      }
    }
  }
}
