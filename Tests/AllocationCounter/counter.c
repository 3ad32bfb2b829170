#define _GNU_SOURCE
#include <features.h>
#include "include/AllocationCounter.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_long count, last_size;
static int (*skip)(void);

long allocation_count(void) { return atomic_load(&count); }
long allocation_last_size(void) { return atomic_load(&last_size); }

void allocation_skip_while(int (*skips)(void)) { skip = skips; }

#if defined(__GLIBC__)
#include <errno.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static void counted(size_t size) {
  if (skip && skip()) return;
  atomic_fetch_add(&count, 1);
  atomic_store(&last_size, (long)size);
}

void *malloc(size_t size) {
  counted(size);
  return __libc_malloc(size);
}
void *calloc(size_t items, size_t size) {
  counted(items * size);
  return __libc_calloc(items, size);
}
void *realloc(void *block, size_t size) {
  counted(size);
  return __libc_realloc(block, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  counted(size);
  return __libc_memalign(alignment, size);
}
void *memalign(size_t alignment, size_t size) {
  counted(size);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **block, size_t alignment, size_t size) {
  counted(size);
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
int allocation_counts(void) { return 1; }
void allocation_make_one(void) {
  void *volatile block = malloc(24);
  __libc_free(block);
}
#else
int allocation_counts(void) { return 0; }
void allocation_make_one(void) {}
#endif
