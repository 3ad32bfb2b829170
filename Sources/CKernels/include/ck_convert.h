#ifndef CK_CONVERT_H
#define CK_CONVERT_H
#include <stddef.h>
#include <stdint.h>
/// Each converts `count` numbers of a file's type to float. `out` and `in` must not overlap.
void ck_float_from_u8(float *out, const uint8_t *in, size_t count);
void ck_float_from_i8(float *out, const int8_t *in, size_t count);
void ck_float_from_u16(float *out, const uint16_t *in, size_t count);
void ck_float_from_i16(float *out, const int16_t *in, size_t count);
void ck_float_from_u32(float *out, const uint32_t *in, size_t count);
void ck_float_from_i32(float *out, const int32_t *in, size_t count);
void ck_float_from_u64(float *out, const uint64_t *in, size_t count);
void ck_float_from_i64(float *out, const int64_t *in, size_t count);
/// `in` holds the bits of IEEE half-precision numbers.
void ck_float_from_f16(float *out, const uint16_t *in, size_t count);
void ck_float_from_f64(float *out, const double *in, size_t count);
/// Each reverses the bytes of `count` numbers in place.
void ck_swap_16(uint16_t *values, size_t count);
void ck_swap_32(uint32_t *values, size_t count);
void ck_swap_64(uint64_t *values, size_t count);
#endif
