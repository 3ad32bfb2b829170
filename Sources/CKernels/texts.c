// Texts of a fixed length, as files have them. C prototypes and their contracts: include/ck_texts.h.
#include "ck_texts.h"
#include "clones.h"
#include <string.h>

CK_CLONES
_Bool ck_is_ascii(const uint8_t *bytes, size_t count) {
  uint8_t all = 0;
  for (size_t i = 0; i < count; i++) all |= bytes[i];
  return all < 0x80;
}

// The bytes of a text without what fills it up.
CK_INLINE size_t own_length(const uint8_t *text, size_t length, int padding) {
  if (padding == ck_padding_terminated) {
    const uint8_t *end = memchr(text, 0, length);
    return end ? (size_t)(end - text) : length;
  }
  const uint8_t fill = padding == ck_padding_spaces ? ' ' : 0;
  const uint64_t fills = 0x0101010101010101u * fill;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, text + length - 8, sizeof word);
    if (word != fills) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      return length - (size_t)__builtin_clzll(word ^ fills) / 8;
#else
      break;
#endif
    }
    length -= 8;
  }
  while (length > 0 && text[length - 1] == fill) length--;
  return length;
}

size_t ck_pack_texts(uint8_t *texts, size_t count, size_t length, int padding, ptrdiff_t first,
                     ptrdiff_t *ends) {
  uint8_t *end = texts;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *text = texts + i * length;
    const size_t own = own_length(text, length, padding);
    if (end != text) {
      // Upwards in words, the last of them perhaps of more than the text's bytes: what is written
      // ends within this text's old place, and each word was read before.
      size_t j = 0;
      for (; j < own && j + 8 <= length; j += 8) {
        uint64_t word;
        memcpy(&word, text + j, sizeof word);
        memcpy(end + j, &word, sizeof word);
      }
      for (; j < own; j++) end[j] = text[j];
    }
    end += own;
    ends[i] = first + (end - texts);
  }
  return (size_t)(end - texts);
}
