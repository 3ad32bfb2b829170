#include "CKernels.h"

#include <sys/mman.h>

void ck_use_huge_pages(void *start, size_t length) {
#ifdef MADV_HUGEPAGE
  madvise(start, length, MADV_HUGEPAGE);  // a wish: pages stay small where it is not granted
#else
  (void)start;
  (void)length;
#endif
}
