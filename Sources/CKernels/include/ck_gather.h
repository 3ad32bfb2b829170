#ifndef CK_GATHER_H
#define CK_GATHER_H
#include <stddef.h>
#include <stdint.h>

/// Gathers rows of bytes as floats: out[i * width + j] = scale[0] * rows[indices[i] * width + j] +
/// offset[0].
///
/// With `per_column` true, `scale` and `offset` have one number for each of the `width` columns.
/// `out` overlaps nothing.
void ck_gather_u8(const uint8_t *rows, const uint32_t *indices, size_t count, size_t width,
                  const float *scale, const float *offset, int per_column, float *out);

/// The same for rows of floats. Scale 1 and offset 0 with `per_column` false copies the rows.
void ck_gather_f32(const float *rows, const uint32_t *indices, size_t count, size_t width,
                   const float *scale, const float *offset, int per_column, float *out);

/// The index of the first value that is NaN or infinite, or `count` when there is none.
size_t ck_first_not_finite(const float *values, size_t count);

/// The index of the first value that is no whole number in 0 ..< classes, or `count`.
size_t ck_first_no_class(const float *values, size_t count, uint32_t classes);

/// Adds a block of rows to running moments of each column (Chan, Golub & LeVeque 1983, eq. 2.1):
/// `mean` and `squares` (sums of squared deviations from the mean) of `seen` earlier rows become
/// those of `seen + count` rows. `scratch` has room for 2 * width numbers.
void ck_add_moments(const float *rows, size_t count, size_t width, double seen, double *mean,
                    double *squares, double *scratch);
#endif
