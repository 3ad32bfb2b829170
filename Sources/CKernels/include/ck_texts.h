#ifndef CK_TEXTS_H
#define CK_TEXTS_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// What fills up a text of a fixed length: anything behind a first zero, or zeros, or spaces.
enum { ck_padding_terminated, ck_padding_zeros, ck_padding_spaces };

/// Whether no byte is above 0x7f.
_Bool ck_is_ascii(const uint8_t *bytes, size_t count);

/// Moves `count` texts of `length` bytes each together, in place, without what fills them up.
///
/// `ends[i]` becomes `first` and the bytes of the texts up to and with i. Returns the bytes of all.
size_t ck_pack_texts(uint8_t *texts, size_t count, size_t length, int padding, ptrdiff_t first,
                     ptrdiff_t *ends);

static inline uint64_t ck_text_word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/// At most 8 bytes as a number that no others of as many have.
static inline uint64_t ck_short_text(const uint8_t *bytes, size_t count) {
  if (count >= 4) {
    uint32_t first, last;
    memcpy(&first, bytes, sizeof first);
    memcpy(&last, bytes + count - 4, sizeof last);
    return first | (uint64_t)last << 32;
  }
  if (count == 0) return 0;
  return bytes[0] | (uint64_t)bytes[count / 2] << 8 | (uint64_t)bytes[count - 1] << 16;
}

/// A number each of whose bits depends on all bits of `word`: both halves of its product with 2^64 / the golden ratio
/// (Knuth 1998, The Art of Computer Programming, vol. 3, section 6.4), as in Wang Yi's wyhash.
static inline uint64_t ck_mixed(uint64_t word) {
  const unsigned __int128 product = (unsigned __int128)word * 0x9e3779b97f4a7c15u;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/// A hash of bytes, eight at a time, for tables in memory alone: it depends on the machine's byte order.
static inline uint64_t ck_text_hash(const uint8_t *bytes, size_t count) {
  uint64_t hash = count * 0x9e3779b97f4a7c15u;
  if (count <= 8) return ck_mixed(hash ^ ck_short_text(bytes, count));
  for (size_t i = 0; i < count - 8; i += 8) hash = ck_mixed(hash ^ ck_text_word(bytes + i));
  // Overlaps the word before.
  return ck_mixed(hash ^ ck_text_word(bytes + count - 8));
}

/// Whether two texts of `count` bytes are the same.
static inline _Bool ck_text_equals(const uint8_t *a, const uint8_t *b, size_t count) {
  if (count <= 8) return ck_short_text(a, count) == ck_short_text(b, count);
  for (size_t i = 0; i < count - 8; i += 8)
    if (ck_text_word(a + i) != ck_text_word(b + i)) return 0;
  return ck_text_word(a + count - 8) == ck_text_word(b + count - 8);
}
#endif
