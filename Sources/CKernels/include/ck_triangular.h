#ifndef CK_TRIANGULAR_H
#define CK_TRIANGULAR_H
#include <stddef.h>

/// Triangular systems and products in double precision, all matrices by columns.
///
/// A BLAS that was not made for the CPU (Debian's reference BLAS) needs four to ten times as long;
/// Gaussian processes spend most of their time here.

/// b = L^-1 b for each of `columns` right sides of n numbers, one behind the other.
///
/// L is n x n, its columns are `stride` apart; what is above the diagonal is not read. `scratch`
/// has room for 8 n numbers.
void ck_solve_lower(
    size_t n, const double *l, size_t stride, size_t columns, double *b, double *scratch);

/// b = L^-T b, otherwise as ck_solve_lower.
void ck_solve_lower_transposed(
    size_t n, const double *l, size_t stride, size_t columns, double *b, double *scratch);

/// X = A L^-T for the m x n matrix A, in its place: the part of a Cholesky factor below a diagonal
/// block L.
void ck_solve_right(
    size_t m, size_t n, const double *l, size_t stride, double *a, size_t aStride);

/// C = scale C + sign A A^T for the lower triangle of the n x n matrix C, A being n x depth.
///
/// Element (i, k) of A stands at a[i * rowStride + k * columnStride]. With `isUpper`, A(i, k) = 0
/// for k < i, and is not read. `scratch` has room for (n + 7) / 8 * 8 * depth numbers.
void ck_add_square(
    size_t n, size_t depth, const double *a, size_t rowStride, size_t columnStride, int isUpper,
    double scale, double sign, double *c, size_t cStride, double *scratch);
#endif
