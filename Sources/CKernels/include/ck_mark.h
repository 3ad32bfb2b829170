#ifndef CK_MARK_H
#define CK_MARK_H
#include <stddef.h>
#include <stdint.h>
/// Marks the bytes that are any of four: bit j of `marks[i]` tells of `bytes[64 i + j]`.
///
/// `marks` has ceil(count / 64) words; bits past `count` are 0. `wanted` may name a byte twice.
void ck_mark(const uint8_t *bytes, size_t count, const uint8_t wanted[4], uint64_t *marks);
#endif
