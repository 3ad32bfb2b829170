#ifndef CK_MATERN_H
#define CK_MATERN_H
#include <stddef.h>

/// The covariance that Gaussian processes use: a Matern-5/2 kernel of all coordinates together
/// ("interactions"), and one of each group of columns by itself ("main effects").
///
/// Columns of features belong to groups: group g has the columns first[g] ..< first[g + 1]. Both
/// sets of inverse squared length-scales are per group.
typedef struct {
  size_t groups;
  const size_t *first;          // groups + 1 offsets into the columns
  const double *joint;          // inverse squared length-scales of the interactions
  const double *single;         // inverse squared length-scales of the main effects
  const double *singleVariance; // variance of each main effect
  double jointVariance;         // variance of the interactions
} ck_matern;

/// Squared distances of all pairs i >= j of n points, for each group: d[g * pairs + i(i+1)/2 + j].
/// Column c of the points stands at x[c * stride].
void ck_matern_distances(
    size_t groups, const size_t *first, size_t n, size_t stride, const double *x, double *d);

/// k[p] = covariance of pair p, from squared distances per group.
void ck_matern_pairs(const ck_matern *kernel, size_t pairs, const double *d, double *k);

/// Adds sum over p of w[p] dk[p] / dq to gradient, q = log of: length-scales of the interactions,
/// length-scales of the main effects, variances of the main effects, variance of the interactions
/// (3 groups + 1 numbers).
void ck_matern_pairs_gradient(
    const ck_matern *kernel, size_t pairs, const double *d, const double *w, double *gradient);

/// k[i] = covariance of the point q with each of n points.
void ck_matern_cross(
    const ck_matern *kernel, size_t n, size_t stride, const double *x, const double *q, double *k);

/// gradient[c] = sum over i of w[i] dk[i] / dq[c].
void ck_matern_cross_gradient(
    const ck_matern *kernel, size_t n, size_t stride, const double *x, const double *q,
    const double *w, double *gradient);
#endif
