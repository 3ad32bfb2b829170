// LAPACK and BLAS for Swift, by their C interfaces.
#ifndef CLAPACK_SHIM_H
#define CLAPACK_SHIM_H
// clang-format off: the cblas.h of BLIS narrows the C library to POSIX unless something included it
// before, and Swift's view of the C library then differs from this module's.
#include <lapacke.h>
#include <cblas.h>
// clang-format on

// OpenBLAS takes every core unless told otherwise; the reference BLAS has no such function.
extern void openblas_set_num_threads(int) __attribute__((weak));

// One thread from now on, where the library can be told: the same sums in the same order always.
static inline void clapack_use_one_thread(void) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}
#endif
