// Numbers that go from node to node in fewer bytes. Messages may lie at any address. Where there is a
// `residual`, p = values + residual is encoded and residual becomes p less what the receiver decodes:
// error feedback, Karimireddy et al. (2019), algorithm 1. Where p is not finite, it becomes 0.
#ifndef CK_COMPRESS_H
#define CK_COMPRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Writes n floats as they are: 4 n bytes. `residual` may be NULL, here and below.
void ck_encode_float(size_t n, const float *values, float *residual, void *codes);

/// y += the n floats of a message.
void ck_add_float(size_t n, const void *codes, float *y);

/// Writes n floats as bfloat16, 2 n bytes: rounded to nearest, ties to even; NaN stays NaN.
void ck_encode_bf16(size_t n, const float *values, float *residual, void *codes);

/// y = the n numbers of a message.
void ck_decode_bf16(size_t n, const void *codes, float *y);

/// y += the n numbers of a message.
void ck_add_bf16(size_t n, const void *codes, float *y);

/// Writes n floats as whole numbers from -127 to 127, one byte each, and a float scale for every `block` of
/// them. -128 stands for what is not finite.
void ck_encode_int8(
    size_t n, size_t block, const float *values, float *residual, void *scales, void *codes);

/// Whether all scales are finite and none is negative.
bool ck_int8_is_valid(size_t block_count, const void *scales);

/// y = the n numbers of a message.
void ck_decode_int8(size_t n, size_t block, const void *scales, const void *codes, float *y);

/// y += the n numbers of a message.
void ck_add_int8(size_t n, size_t block, const void *scales, const void *codes, float *y);

/// The numbers whose places a message of the largest ones counts from one start.
#define CK_TOP_CHUNK 65536

/// Writes the k numbers of n that have the largest magnitude, of equal ones the first, and returns their
/// count, which is below k where fewer are not zero. NaN is larger than infinity. k is 1 to n, n < 2^32.
///
/// The message: for every chunk of CK_TOP_CHUNK numbers how many of them are there (uint32_t); the numbers,
/// ascending by place (float); their places within their chunk (uint16_t).
size_t ck_encode_top(size_t n, size_t k, const float *values, float *residual, void *message);

/// Whether `count` numbers in a message have places within n, each once and ascending.
bool ck_top_is_valid(size_t n, size_t count, const void *message);

/// y = the numbers of a valid message, 0 where it has none.
void ck_decode_top(size_t n, size_t count, const void *message, float *y);

/// y += the numbers of a valid message.
void ck_add_top(size_t n, size_t count, const void *message, float *y);
#endif
