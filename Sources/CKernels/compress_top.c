// The numbers of largest magnitude, found without sorting: the bits of |x| are ordered as |x| is, so counting
// how many share their upper bits tells the upper bits of the k-th largest, and so on to the last bit.
#include "include/ck_compress.h"

#include <string.h>

#include "clones.h"
#include "compress.h"

#pragma clang fp contract(off)

// 31 bits of a magnitude: the exponent and 3 bits of the fraction, then twice 10 bits.
#define FIRST_BITS 11
#define NEXT_BITS 10
#define FIRST_SHIFT 20

// Two equal numbers in a row would wait for each other's count: they go to different tables.
#define TABLES 4

// Numbers that are looked at together: most groups have none that matters. A divisor of CK_TOP_CHUNK.
#define GROUP 32

// The bucket that has the k-th largest, counted from above; k becomes its rank within it.
CK_INLINE uint32_t bucket_of(const uint32_t *counts, size_t buckets, size_t *k) {
  size_t b = buckets - 1;
  for (; b > 0 && counts[b] < *k; b--) *k -= counts[b];
  return (uint32_t)b;
}

// Counts the magnitudes by their upper bits; with a residual, that becomes p first.
CK_CLONES
static void count_first(size_t n, const float *values, float *residual, uint32_t *counts) {
  uint32_t tables[TABLES][1 << FIRST_BITS];
  memset(tables, 0, sizeof tables);
  for (size_t start = 0; start < n; start += 1024) {
    size_t count = ck_least(1024, n - start);
    const float *restrict v = values + start;
    const float *p = v;
    if (residual) {
      float *restrict r = residual + start;
      for (size_t i = 0; i < count; i++) r[i] += v[i];
      p = r;
    }
    size_t i = 0;
    for (; i + TABLES <= count; i += TABLES)
      for (size_t t = 0; t < TABLES; t++) tables[t][ck_magnitude(p[i + t]) >> FIRST_SHIFT]++;
    for (; i < count; i++) tables[0][ck_magnitude(p[i]) >> FIRST_SHIFT]++;
  }
  for (size_t b = 0; b < 1 << FIRST_BITS; b++) {
    counts[b] = 0;
    for (size_t t = 0; t < TABLES; t++) counts[b] += tables[t][b];
  }
}

// Counts the magnitudes whose bits above `shift + NEXT_BITS` are `prefix` by the bits between.
CK_CLONES
static void count_next(
    size_t n, const float *restrict p, uint32_t prefix, uint32_t shift, uint32_t *restrict counts) {
  memset(counts, 0, sizeof(uint32_t) << NEXT_BITS);
  for (size_t start = 0; start < n; start += GROUP) {
    size_t count = ck_least(GROUP, n - start);
    const float *x = p + start;
    uint32_t any = 0;
    if (count == GROUP)
      for (size_t i = 0; i < GROUP; i++) any |= ck_magnitude(x[i]) >> (shift + NEXT_BITS) == prefix;
    else
      any = 1;
    if (!any) continue;
    for (size_t i = 0; i < count; i++) {
      uint32_t m = ck_magnitude(x[i]);
      if (m >> (shift + NEXT_BITS) == prefix) counts[(m >> shift) & ((1u << NEXT_BITS) - 1)]++;
    }
  }
}

// Writes the numbers above the threshold and the first `ties` of those that equal it.
CK_CLONES
static void collect(
    size_t n, const float *p, float *residual, uint32_t threshold, size_t ties,
    ck_loose_u32 *chunk_counts, ck_loose_float *numbers, ck_loose_u16 *places) {
  size_t written = 0;
  for (size_t chunk = 0; chunk < n; chunk += CK_TOP_CHUNK) {
    size_t end = chunk + ck_least(CK_TOP_CHUNK, n - chunk), before = written;
    for (size_t start = chunk; start < end; start += GROUP) {
      size_t count = ck_least(GROUP, end - start);
      const float *x = p + start;
      uint32_t any = 0;
      if (count == GROUP)
        for (size_t i = 0; i < GROUP; i++) any |= ck_magnitude(x[i]) >= threshold;
      else
        any = 1;
      if (!any) continue;
      for (size_t i = 0; i < count; i++) {
        uint32_t m = ck_magnitude(x[i]);
        if (m < threshold) continue;
        if (m == threshold && ties-- == 0) {
          ties = 0;
          continue;
        }
        numbers[written] = x[i];
        places[written] = (uint16_t)(start + i - chunk);
        written++;
        if (residual) residual[start + i] = 0.0f;
      }
    }
    *chunk_counts++ = (uint32_t)(written - before);
  }
}

CK_INLINE size_t chunk_count(size_t n) { return (n + CK_TOP_CHUNK - 1) / CK_TOP_CHUNK; }

size_t ck_encode_top(size_t n, size_t k, const float *values, float *residual, void *message) {
  uint32_t counts[1 << FIRST_BITS];
  count_first(n, values, residual, counts);
  const float *p = residual ? residual : values;
  size_t infinite = 0;
  for (size_t b = CK_INFINITE >> FIRST_SHIFT; b < 1 << FIRST_BITS; b++) infinite += counts[b];
  size_t rank = k;
  uint32_t threshold = bucket_of(counts, 1 << FIRST_BITS, &rank);
  for (uint32_t shift = FIRST_SHIFT; shift > 0;) {
    shift -= NEXT_BITS;
    count_next(n, p, threshold, shift, counts);
    threshold = threshold << NEXT_BITS | bucket_of(counts, 1 << NEXT_BITS, &rank);
  }
  size_t count = k;
  if (threshold == 0) {
    // Zeros need not be sent. All others are.
    count = k - rank;
    rank = n;
    threshold = 1;
  }
  ck_loose_u32 *chunk_counts = message;
  ck_loose_float *numbers = (ck_loose_float *)(chunk_counts + chunk_count(n));
  collect(n, p, residual, threshold, rank, chunk_counts, numbers, (ck_loose_u16 *)(numbers + count));
  // Who reads the message meets the others; nothing of this may stay for later messages.
  if (residual && infinite > count)
    for (size_t i = 0; i < n; i++)
      if (ck_magnitude(residual[i]) >= CK_INFINITE) residual[i] = 0.0f;
  return count;
}

bool ck_top_is_valid(size_t n, size_t count, const void *message) {
  const ck_loose_u32 *chunk_counts = message;
  const ck_loose_float *numbers = (const ck_loose_float *)(chunk_counts + chunk_count(n));
  const ck_loose_u16 *places = (const ck_loose_u16 *)(numbers + count);
  for (size_t chunk = 0; chunk < n; chunk += CK_TOP_CHUNK) {
    size_t length = ck_least(CK_TOP_CHUNK, n - chunk), here = *chunk_counts++;
    if (here > count) return false;
    count -= here;
    bool ascends = true;
    for (size_t i = 1; i < here; i++) ascends &= places[i - 1] < places[i];
    if (!ascends || (here > 0 && places[here - 1] >= length)) return false;
    places += here;
  }
  return count == 0;
}

CK_INLINE void apply(size_t n, size_t count, const void *message, float *y, bool adds) {
  const ck_loose_u32 *chunk_counts = message;
  const ck_loose_float *numbers = (const ck_loose_float *)(chunk_counts + chunk_count(n));
  const ck_loose_u16 *places = (const ck_loose_u16 *)(numbers + count);
  for (size_t chunk = 0; chunk < n; chunk += CK_TOP_CHUNK) {
    for (size_t left = *chunk_counts++; left > 0; left--) {
      float *at = y + chunk + *places++;
      *at = adds ? *at + *numbers : *numbers;
      numbers++;
    }
  }
}

void ck_decode_top(size_t n, size_t count, const void *message, float *y) {
  memset(y, 0, n * sizeof(float));
  apply(n, count, message, y, false);
}

void ck_add_top(size_t n, size_t count, const void *message, float *y) {
  apply(n, count, message, y, true);
}
