// Triangular systems by blocks (Golub and Van Loan, Matrix Computations, 4th edition, 3.1 and 4.2).
//
// Right sides are solved eight at a time, side by side in the lanes of a vector, so that each number
// of the matrix is read once for eight; one or two right sides run down the columns instead.
#include "include/ck_triangular.h"

#include <string.h>

#include "clones.h"

typedef double ck_lanes __attribute__((vector_size(64), aligned(8)));

// Macros: how a function is given a vector depends on the instruction set.
#define ck_load(p) (*(const ck_lanes *)(p))
#define ck_store(p, v) (*(ck_lanes *)(p) = (v))
#define ck_lane_sum(v) ((((v)[0] + (v)[4]) + ((v)[1] + (v)[5])) + (((v)[2] + (v)[6]) + ((v)[3] + (v)[7])))

// One right side, four columns of L at a time.
CK_INLINE void ck_forward_one(size_t n, const double *l, size_t stride, double *restrict b) {
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
    const double *restrict p = l + j * stride, *restrict q = p + stride;
    const double *restrict r = q + stride, *restrict s = r + stride;
    double w = b[j] / p[j];
    double x = (b[j + 1] - p[j + 1] * w) / q[j + 1];
    double y = (b[j + 2] - p[j + 2] * w - q[j + 2] * x) / r[j + 2];
    double z = (b[j + 3] - p[j + 3] * w - q[j + 3] * x - r[j + 3] * y) / s[j + 3];
    b[j] = w, b[j + 1] = x, b[j + 2] = y, b[j + 3] = z;
    for (size_t i = j + 4; i < n; i++) b[i] -= p[i] * w + q[i] * x + r[i] * y + s[i] * z;
  }
  for (; j < n; j++) {
    const double *restrict p = l + j * stride;
    double w = b[j] / p[j];
    b[j] = w;
    for (size_t i = j + 1; i < n; i++) b[i] -= p[i] * w;
  }
}

// Eight right sides: row i of them stands at x + 8 i.
CK_INLINE void ck_forward_lanes(size_t n, const double *l, size_t stride, double *restrict x) {
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
    const double *restrict p = l + j * stride, *restrict q = p + stride;
    const double *restrict r = q + stride, *restrict s = r + stride;
    double *restrict at = x + 8 * j;
    ck_lanes a = ck_load(at) / p[j];
    ck_lanes b = (ck_load(at + 8) - p[j + 1] * a) / q[j + 1];
    ck_lanes c = (ck_load(at + 16) - p[j + 2] * a - q[j + 2] * b) / r[j + 2];
    ck_lanes d = (ck_load(at + 24) - p[j + 3] * a - q[j + 3] * b - r[j + 3] * c) / s[j + 3];
    ck_store(at, a), ck_store(at + 8, b), ck_store(at + 16, c), ck_store(at + 24, d);
    for (size_t i = j + 4; i < n; i++) {
      ck_lanes v = ck_load(x + 8 * i);
      v -= p[i] * a;
      v -= q[i] * b;
      v -= r[i] * c;
      v -= s[i] * d;
      ck_store(x + 8 * i, v);
    }
  }
  for (; j < n; j++) {
    const double *restrict p = l + j * stride;
    ck_lanes a = ck_load(x + 8 * j) / p[j];
    ck_store(x + 8 * j, a);
    for (size_t i = j + 1; i < n; i++) ck_store(x + 8 * i, ck_load(x + 8 * i) - p[i] * a);
  }
}

CK_INLINE void ck_backward_one(size_t n, const double *l, size_t stride, double *restrict b) {
  size_t j = n;
  for (; j % 4 != 0; j--) {
    const double *restrict p = l + (j - 1) * stride;
    double sum = 0;
    for (size_t i = j; i < n; i++) sum += p[i] * b[i];
    b[j - 1] = (b[j - 1] - sum) / p[j - 1];
  }
  for (; j > 0; j -= 4) {
    size_t k = j - 4;
    const double *restrict p = l + k * stride, *restrict q = p + stride;
    const double *restrict r = q + stride, *restrict s = r + stride;
    ck_lanes a = {0}, c = {0}, d = {0}, e = {0};
    size_t i = j;
    for (; i + 8 <= n; i += 8) {
      ck_lanes v = ck_load(b + i);
      a += ck_load(p + i) * v;
      c += ck_load(q + i) * v;
      d += ck_load(r + i) * v;
      e += ck_load(s + i) * v;
    }
    double w = ck_lane_sum(a), x = ck_lane_sum(c), y = ck_lane_sum(d), z = ck_lane_sum(e);
    for (; i < n; i++) w += p[i] * b[i], x += q[i] * b[i], y += r[i] * b[i], z += s[i] * b[i];
    b[k + 3] = (b[k + 3] - z) / s[k + 3];
    b[k + 2] = (b[k + 2] - y - r[k + 3] * b[k + 3]) / r[k + 2];
    b[k + 1] = (b[k + 1] - x - q[k + 2] * b[k + 2] - q[k + 3] * b[k + 3]) / q[k + 1];
    b[k] = (b[k] - w - p[k + 1] * b[k + 1] - p[k + 2] * b[k + 2] - p[k + 3] * b[k + 3]) / p[k];
  }
}

CK_INLINE void ck_backward_lanes(size_t n, const double *l, size_t stride, double *restrict x) {
  size_t j = n;
  for (; j % 4 != 0; j--) {
    const double *restrict p = l + (j - 1) * stride;
    ck_lanes sum = {0};
    for (size_t i = j; i < n; i++) sum += p[i] * ck_load(x + 8 * i);
    ck_store(x + 8 * (j - 1), (ck_load(x + 8 * (j - 1)) - sum) / p[j - 1]);
  }
  for (; j > 0; j -= 4) {
    size_t k = j - 4;
    const double *restrict p = l + k * stride, *restrict q = p + stride;
    const double *restrict r = q + stride, *restrict s = r + stride;
    double *restrict at = x + 8 * k;
    ck_lanes a = ck_load(at), b = ck_load(at + 8), c = ck_load(at + 16), d = ck_load(at + 24);
    for (size_t i = j; i < n; i++) {
      ck_lanes v = ck_load(x + 8 * i);
      a -= p[i] * v;
      b -= q[i] * v;
      c -= r[i] * v;
      d -= s[i] * v;
    }
    d = d / s[k + 3];
    c = (c - r[k + 3] * d) / r[k + 2];
    b = (b - q[k + 2] * c - q[k + 3] * d) / q[k + 1];
    a = (a - p[k + 1] * b - p[k + 2] * c - p[k + 3] * d) / p[k];
    ck_store(at, a), ck_store(at + 8, b), ck_store(at + 16, c), ck_store(at + 24, d);
  }
}

// `width` right sides of n numbers into lanes, 0 in the lanes that are left.
CK_INLINE void ck_gather_lanes(size_t n, size_t width, const double *b, double *restrict x) {
  if (width < 8) memset(x, 0, 8 * n * sizeof *x);
  for (size_t c = 0; c < width; c++)
    for (size_t i = 0; i < n; i++) x[8 * i + c] = b[c * n + i];
}

CK_INLINE void ck_scatter_lanes(size_t n, size_t width, const double *x, double *restrict b) {
  for (size_t c = 0; c < width; c++)
    for (size_t i = 0; i < n; i++) b[c * n + i] = x[8 * i + c];
}

CK_CLONES
void ck_solve_lower(
    size_t n, const double *l, size_t stride, size_t columns, double *b, double *scratch) {
  size_t c = 0;
  while (c < columns) {
    size_t width = columns - c < 8 ? columns - c : 8;
    if (width <= 2) {
      ck_forward_one(n, l, stride, b + c * n);
      c++;
      continue;
    }
    ck_gather_lanes(n, width, b + c * n, scratch);
    ck_forward_lanes(n, l, stride, scratch);
    ck_scatter_lanes(n, width, scratch, b + c * n);
    c += width;
  }
}

CK_CLONES
void ck_solve_lower_transposed(
    size_t n, const double *l, size_t stride, size_t columns, double *b, double *scratch) {
  size_t c = 0;
  while (c < columns) {
    size_t width = columns - c < 8 ? columns - c : 8;
    if (width <= 2) {
      ck_backward_one(n, l, stride, b + c * n);
      c++;
      continue;
    }
    ck_gather_lanes(n, width, b + c * n, scratch);
    ck_backward_lanes(n, l, stride, scratch);
    ck_scatter_lanes(n, width, scratch, b + c * n);
    c += width;
  }
}

CK_CLONES
void ck_solve_right(
    size_t m, size_t n, const double *l, size_t stride, double *a, size_t aStride) {
  for (size_t j = 0; j < n; j++) {
    double *restrict out = a + j * aStride;
    size_t k = 0;
    for (; k + 4 <= j; k += 4) {
      const double *restrict p = a + k * aStride, *restrict q = p + aStride;
      const double *restrict r = q + aStride, *restrict s = r + aStride;
      double w = l[k * stride + j], x = l[(k + 1) * stride + j];
      double y = l[(k + 2) * stride + j], z = l[(k + 3) * stride + j];
      for (size_t i = 0; i < m; i++) out[i] -= p[i] * w + q[i] * x + r[i] * y + s[i] * z;
    }
    for (; k < j; k++) {
      const double *restrict p = a + k * aStride;
      double w = l[k * stride + j];
      for (size_t i = 0; i < m; i++) out[i] -= p[i] * w;
    }
    double inverse = 1.0 / l[j * stride + j];
    for (size_t i = 0; i < m; i++) out[i] *= inverse;
  }
}

CK_CLONES
void ck_add_square(
    size_t n, size_t depth, const double *a, size_t rowStride, size_t columnStride, int isUpper,
    double scale, double sign, double *c, size_t cStride, double *scratch) {
  // Blocks of eight rows, their columns one behind the other.
  size_t blocks = (n + 7) / 8;
  for (size_t block = 0; block < blocks; block++) {
    double *restrict to = scratch + block * 8 * depth;
    size_t rows = n - 8 * block < 8 ? n - 8 * block : 8;
    size_t first = isUpper ? 8 * block : 0;
    for (size_t k = first; k < depth; k++)
      for (size_t i = 0; i < 8; i++) {
        int isThere = i < rows && !(isUpper && k < 8 * block + i);
        to[8 * k + i] = isThere ? a[(8 * block + i) * rowStride + k * columnStride] : 0;
      }
  }
  for (size_t row = 0; row < blocks; row++) {
    const double *restrict u = scratch + row * 8 * depth;
    size_t rows = n - 8 * row < 8 ? n - 8 * row : 8;
    size_t first = isUpper ? 8 * row : 0;
    for (size_t j = 0; j < 8 * row + rows; j += 4) {
      const double *restrict v = scratch + j / 8 * 8 * depth + j % 8;
      ck_lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
      for (size_t k = first; k < depth; k++) {
        ck_lanes x = ck_load(u + 8 * k);
        s0 += x * v[8 * k];
        s1 += x * v[8 * k + 1];
        s2 += x * v[8 * k + 2];
        s3 += x * v[8 * k + 3];
      }
      ck_lanes sums[4] = {s0, s1, s2, s3};
      for (size_t d = 0; d < 4 && j + d < 8 * row + rows; d++) {
        double *restrict out = c + (j + d) * cStride + 8 * row;
        for (size_t i = 0; i < rows; i++)
          if (8 * row + i >= j + d)
            out[i] = (scale == 0 ? 0 : scale * out[i]) + sign * sums[d][i];
      }
    }
  }
}
