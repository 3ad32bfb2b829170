// Matrix products for CPUs with AVX2 but without AVX-512. oneDNN's for those allocate at every call and
// lose half of their speed where rows are a power of two apart, so that they share few cache lines.
//
// The order of the loops is that of Goto and van de Geijn, Anatomy of high-performance matrix
// multiplication, ACM TOMS 34 (2008): a sliver of B stays in the first cache, a block of A in the second.
#include "CKernels.h"
#include "clones.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET

enum {
  tile_rows = 6,        // 6 x 16 sums fill 12 of the 16 registers
  tile_columns = 16,
  block_rows = 96,      // of A: with `block_inner` 120 KiB
  block_columns = 1024,
  block_inner = 320,    // a sliver of B: 20 KiB
  taken_columns = 512,  // of a block of C that is handed on: 192 KiB
  taken_rows = 24,
  taken_inner = 1 << 15,
};

int ck_product_runs(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// The fewest equal parts of `n` that are no larger than `most`, rounded up to whole `unit`s.
static size_t part(size_t n, size_t most, size_t unit) {
  size_t parts = (n + most - 1) / most;
  return ((n + parts - 1) / parts + unit - 1) / unit * unit;
}

size_t ck_product_scratch(size_t n, size_t k) {
  size_t inner = part(k, block_inner, 8);
  return (block_rows + part(n, block_columns, tile_columns)) * inner;
}

// A tile of `rows` x 16 of C from packed rows of A and columns of B. `rows` is a constant where this is
// called, so that the sums stay in registers; `masks` is null unless the tile is cut off at its right.
// `extra` is added: the bias, which is the same in each row, or what C had; null: nothing.
INLINE void tile(
    const int rows, size_t k, const float *a, const float *b, const float *extra, size_t extra_stride,
    int relu, float *c, size_t stride, const __m256i *masks) {
  __m256 low[tile_rows], high[tile_rows];
  for (int i = 0; i < rows; i++) low[i] = high[i] = _mm256_setzero_ps();
  for (size_t p = 0; p < k; p++, a += tile_rows, b += tile_columns) {
    __m256 y = _mm256_load_ps(b), z = _mm256_load_ps(b + 8);
    for (int i = 0; i < rows; i++) {
      __m256 x = _mm256_broadcast_ss(a + i);
      low[i] = _mm256_fmadd_ps(x, y, low[i]);
      high[i] = _mm256_fmadd_ps(x, z, high[i]);
    }
  }
  for (int i = 0; i < rows; i++, c += stride, extra += extra_stride) {
    __m256 y = low[i], z = high[i];
    if (extra && masks) {
      y = _mm256_add_ps(y, _mm256_maskload_ps(extra, masks[0]));
      z = _mm256_add_ps(z, _mm256_maskload_ps(extra + 8, masks[1]));
    } else if (extra) {
      y = _mm256_add_ps(y, _mm256_loadu_ps(extra));
      z = _mm256_add_ps(z, _mm256_loadu_ps(extra + 8));
    }
    if (relu) {  // the second operand comes out where one is NaN
      y = _mm256_max_ps(_mm256_setzero_ps(), y);
      z = _mm256_max_ps(_mm256_setzero_ps(), z);
    }
    if (masks) {
      _mm256_maskstore_ps(c, masks[0], y);
      _mm256_maskstore_ps(c + 8, masks[1], z);
    } else {
      _mm256_storeu_ps(c, y);
      _mm256_storeu_ps(c + 8, z);
    }
  }
}

#define CASE(rows, masks) \
  case rows: tile(rows, k, a, b, extra, extra_stride, relu, c, stride, masks); break;

TARGET static void whole_tile(
    size_t rows, size_t k, const float *a, const float *b, const float *extra, size_t extra_stride,
    int relu, float *c, size_t stride) {
  switch (rows) { CASE(6, 0) CASE(5, 0) CASE(4, 0) CASE(3, 0) CASE(2, 0) CASE(1, 0) }
}

TARGET static void cut_tile(
    size_t rows, size_t columns, size_t k, const float *a, const float *b, const float *extra,
    size_t extra_stride, int relu, float *c, size_t stride) {
  __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  __m256i masks[2] = {
      _mm256_cmpgt_epi32(_mm256_set1_epi32((int)columns), lane),
      _mm256_cmpgt_epi32(_mm256_set1_epi32((int)columns - 8), lane)};
  switch (rows) {
    CASE(6, masks) CASE(5, masks) CASE(4, masks) CASE(3, masks) CASE(2, masks) CASE(1, masks)
  }
}

// Rows of A side by side: element (i, p) goes to to[6 p + i]; missing rows are 0.
TARGET static void pack_rows(
    size_t rows, size_t k, const float *a, size_t row, size_t column, float *to) {
  size_t p = 0;
  if (rows == tile_rows && row == 1) {
    for (; p < k; p++, to += tile_rows) memcpy(to, a + p * column, tile_rows * sizeof(float));
    return;
  }
  if (rows == tile_rows && column == 1)
    for (; p + 4 <= k; p += 4, to += 4 * tile_rows) {
      const float *f = a + p;
      __m128 r0 = _mm_loadu_ps(f), r1 = _mm_loadu_ps(f + row), r2 = _mm_loadu_ps(f + 2 * row);
      __m128 r3 = _mm_loadu_ps(f + 3 * row), r4 = _mm_loadu_ps(f + 4 * row);
      __m128 r5 = _mm_loadu_ps(f + 5 * row);
      _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
      __m128 low = _mm_unpacklo_ps(r4, r5), high = _mm_unpackhi_ps(r4, r5);
      _mm_storeu_ps(to, r0);
      _mm_storel_pi((__m64 *)(to + 4), low);
      _mm_storeu_ps(to + 6, r1);
      _mm_storeh_pi((__m64 *)(to + 10), low);
      _mm_storeu_ps(to + 12, r2);
      _mm_storel_pi((__m64 *)(to + 16), high);
      _mm_storeu_ps(to + 18, r3);
      _mm_storeh_pi((__m64 *)(to + 22), high);
    }
  for (; p < k; p++, to += tile_rows)
    for (size_t i = 0; i < tile_rows; i++) to[i] = i < rows ? a[i * row + p * column] : 0;
}

// Eight rows of eight, `stride` apart, become eight columns, 16 apart.
INLINE void transpose8(const float *from, size_t stride, float *to) {
  __m256 r[8], t[8];
  for (int j = 0; j < 8; j++) r[j] = _mm256_loadu_ps(from + j * stride);
  for (int j = 0; j < 8; j += 2) {
    t[j] = _mm256_unpacklo_ps(r[j], r[j + 1]);
    t[j + 1] = _mm256_unpackhi_ps(r[j], r[j + 1]);
  }
  for (int j = 0; j < 8; j += 4) {
    r[j] = _mm256_shuffle_ps(t[j], t[j + 2], 0x44);
    r[j + 1] = _mm256_shuffle_ps(t[j], t[j + 2], 0xEE);
    r[j + 2] = _mm256_shuffle_ps(t[j + 1], t[j + 3], 0x44);
    r[j + 3] = _mm256_shuffle_ps(t[j + 1], t[j + 3], 0xEE);
  }
  for (int j = 0; j < 4; j++) {
    _mm256_store_ps(to + j * tile_columns, _mm256_permute2f128_ps(r[j], r[4 + j], 0x20));
    _mm256_store_ps(to + (4 + j) * tile_columns, _mm256_permute2f128_ps(r[j], r[4 + j], 0x31));
  }
}

// Columns of B side by side: element (p, j) goes to to[16 p + j]; missing columns are 0.
TARGET static void pack_columns(
    size_t columns, size_t k, const float *b, size_t stride, int transposed, float *to) {
  size_t p = 0;
  if (columns == tile_columns && !transposed) {
    for (; p < k; p++, to += tile_columns) {
      _mm256_store_ps(to, _mm256_loadu_ps(b + p * stride));
      _mm256_store_ps(to + 8, _mm256_loadu_ps(b + p * stride + 8));
    }
    return;
  }
  if (columns == tile_columns)
    for (; p + 8 <= k; p += 8, to += 8 * tile_columns) {
      transpose8(b + p, stride, to);
      transpose8(b + p + 8 * stride, stride, to + 8);
    }
  for (; p < k; p++, to += tile_columns)
    for (size_t j = 0; j < tile_columns; j++)
      to[j] = j >= columns ? 0 : transposed ? b[j * stride + p] : b[p * stride + j];
}

// A block of C from packed rows of A and packed columns of B, of which `depth` of `a_depth` and `b_depth`
// numbers each are multiplied. `adds`: to what C has.
TARGET static void multiply(
    size_t rows, size_t columns, size_t depth, const float *a, size_t a_depth, const float *b,
    size_t b_depth, int adds, const float *bias, int relu, float *c, size_t stride) {
  for (size_t j = 0; j < columns; j += tile_columns)
    for (size_t i = 0; i < rows; i += tile_rows) {
      float *to = c + i * stride + j;
      const float *extra = adds ? to : bias ? bias + j : 0;
      size_t extra_stride = adds ? stride : 0, height = ck_least(rows - i, tile_rows);
      const float *from_a = a + i * a_depth, *from_b = b + j * b_depth;
      if (columns - j >= tile_columns)
        whole_tile(height, depth, from_a, from_b, extra, extra_stride, relu, to, stride);
      else
        cut_tile(
            height, columns - j, depth, from_a, from_b, extra, extra_stride, relu, to, stride);
    }
}

// C = A B with B as it is, of which each block is packed at `packed_b`, or all of B packed there already.
INLINE void product(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    const float *bias, int relu, float *c, float *packed_a, float *packed_b) {
  size_t inner = part(k, block_inner, 8), wide = part(n, block_columns, tile_columns);
  size_t a_row = transposed_a ? 1 : k, a_column = transposed_a ? m : 1;
  size_t b_row = transposed_b ? 1 : n, b_column = transposed_b ? k : 1;
  for (size_t j0 = 0; j0 < n; j0 += wide) {
    size_t columns = ck_least(n - j0, wide);
    for (size_t p0 = 0; p0 < k; p0 += inner) {
      size_t depth = ck_least(k - p0, inner);
      for (size_t j = 0; b && j < columns; j += tile_columns)
        pack_columns(
            ck_least(columns - j, tile_columns), depth, b + p0 * b_row + (j0 + j) * b_column,
            transposed_b ? k : n, transposed_b, packed_b + j * depth);
      const float *sliver = b ? packed_b : packed_b + j0 * k + p0 * tile_columns;
      for (size_t i0 = 0; i0 < m; i0 += block_rows) {
        size_t rows = ck_least(m - i0, block_rows);
        for (size_t i = 0; i < rows; i += tile_rows)
          pack_rows(
              ck_least(rows - i, tile_rows), depth, a + (i0 + i) * a_row + p0 * a_column, a_row, a_column,
              packed_a + i * depth);
        multiply(
            rows, columns, depth, packed_a, depth, sliver, b ? depth : k, p0 > 0,
            p0 == 0 && bias ? bias + j0 : 0, relu && p0 + depth == k, c + i0 * n + j0, n);
      }
    }
  }
}

TARGET void ck_product(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    const float *bias, int relu, float *c, float *scratch) {
  product(
      transposed_a, transposed_b, m, n, k, a, b, bias, relu, c, scratch,
      scratch + block_rows * part(k, block_inner, 8));
}

static size_t whole_tiles(size_t n) { return (n + tile_columns - 1) / tile_columns * tile_columns; }

size_t ck_product_packed_count(size_t n, size_t k) { return whole_tiles(n) * k; }

TARGET void ck_product_pack(int transposed_b, size_t n, size_t k, const float *b, float *packed) {
  for (size_t j = 0; j < n; j += tile_columns)
    pack_columns(
        ck_least(n - j, tile_columns), k, b + j * (transposed_b ? k : 1), transposed_b ? k : n, transposed_b,
        packed + j * k);
}

TARGET void ck_product_packed(
    int transposed_a, size_t m, size_t n, size_t k, const float *a, const float *packed, const float *bias,
    int relu, float *c, float *scratch) {
  product(transposed_a, 0, m, n, k, a, 0, bias, relu, c, scratch, (float *)packed);
}

size_t ck_product_taken_width(void) { return taken_columns; }

size_t ck_product_taken_scratch(size_t n, size_t k) {
  return (whole_tiles(n) + block_rows) * k + block_rows * part(n, taken_columns, tile_columns);
}

// All of B is packed once, and of A what belongs to a block of rows: a block of C is complete before the next
// is begun.
TARGET void ck_product_taken(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    void *context, ck_product_taker take, float *scratch) {
  size_t inner = part(k, block_inner, 8), wide = part(n, taken_columns, tile_columns);
  float *packed_b = scratch, *packed_a = packed_b + whole_tiles(n) * k;
  float *block = packed_a + block_rows * k;
  size_t a_row = transposed_a ? 1 : k, a_column = transposed_a ? m : 1;
  ck_product_pack(transposed_b, n, k, b, packed_b);
  // While B stays in the second cache, so does a block of C in the first.
  size_t height = k * n <= taken_inner ? taken_rows : block_rows;
  for (size_t i0 = 0; i0 < m; i0 += height) {
    size_t rows = ck_least(m - i0, height);
    for (size_t i = 0; i < rows; i += tile_rows)
      pack_rows(ck_least(rows - i, tile_rows), k, a + (i0 + i) * a_row, a_row, a_column, packed_a + i * k);
    for (size_t j0 = 0; j0 < n; j0 += wide) {
      size_t columns = ck_least(n - j0, wide);
      for (size_t p0 = 0; p0 < k; p0 += inner)
        multiply(
            rows, columns, ck_least(k - p0, inner), packed_a + p0 * tile_rows, k,
            packed_b + j0 * k + p0 * tile_columns, k, p0 > 0, 0, 0, block, columns);
      take(context, i0, j0, rows, columns, block);
    }
  }
}

#else
int ck_product_runs(void) { return 0; }
size_t ck_product_scratch(size_t n, size_t k) { return 0 * (n + k); }
void ck_product(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    const float *bias, int relu, float *c, float *scratch) {
  __builtin_trap();
}
size_t ck_product_packed_count(size_t n, size_t k) { return 0 * (n + k); }
void ck_product_pack(int transposed_b, size_t n, size_t k, const float *b, float *packed) {
  __builtin_trap();
}
void ck_product_packed(
    int transposed_a, size_t m, size_t n, size_t k, const float *a, const float *packed, const float *bias,
    int relu, float *c, float *scratch) {
  __builtin_trap();
}
size_t ck_product_taken_width(void) { return 0; }
size_t ck_product_taken_scratch(size_t n, size_t k) { return 0 * (n + k); }
void ck_product_taken(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    void *context, ck_product_taker take, float *scratch) {
  __builtin_trap();
}
#endif
