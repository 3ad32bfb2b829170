#ifndef CK_PRODUCT_H
#define CK_PRODUCT_H
#include <stddef.h>

/// Whether `ck_product` runs on this CPU: it needs AVX2 and FMA.
int ck_product_runs(void);

/// The floats of scratch memory that a product of anything x k and k x n needs.
size_t ck_product_scratch(size_t n, size_t k);

/// C = A B, plus `bias` [n] in each row unless it is null, and no less than 0 with `relu`; NaN stays NaN.
///
/// A is m x k, stored row by row, or its transpose k x m with `transposed_a`; B is k x n, or n x k with
/// `transposed_b`; C is m x n. `scratch` is aligned to 64 bytes. One thread; allocates nothing.
void ck_product(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    const float *bias, int relu, float *c, float *scratch);

/// The floats of a B that is packed once for many products.
size_t ck_product_packed_count(size_t n, size_t k);

/// Packs B, which is k x n, or n x k with `transposed_b`; `packed` is aligned to 64 bytes.
void ck_product_pack(int transposed_b, size_t n, size_t k, const float *b, float *packed);

/// As `ck_product`, to the bit, with a B that `ck_product_pack` has packed.
void ck_product_packed(
    int transposed_a, size_t m, size_t n, size_t k, const float *a, const float *packed, const float *bias,
    int relu, float *c, float *scratch);

/// Takes `rows` x `columns` numbers of C that begin at its row `row` and column `column`; they lie without
/// gaps at `block`, which is written again afterwards.
typedef void (*ck_product_taker)(
    void *context, size_t row, size_t column, size_t rows, size_t columns, float *block);

/// The most columns of C of which `ck_product_taken` gives whole rows.
size_t ck_product_taken_width(void);

/// The floats of scratch memory that `ck_product_taken` needs.
size_t ck_product_taken_scratch(size_t n, size_t k);

/// C = A B as `ck_product` has it, but C never lies whole in memory: `take` is given block after block as
/// soon as it is computed, while the cache has it.
void ck_product_taken(
    int transposed_a, int transposed_b, size_t m, size_t n, size_t k, const float *a, const float *b,
    void *context, ck_product_taker take, float *scratch);
#endif
