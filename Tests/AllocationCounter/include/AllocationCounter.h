#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H
/// Linked into a program, this target takes the place of the C library's allocation functions,
/// which it counts and forwards to.
/// The calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign so far.
long allocation_count(void);
/// From now on what is allocated while `skips` gives another number than 0 is not counted.
void allocation_skip_while(int (*skips)(void));
/// The bytes of the last call that was counted, to name a culprit.
long allocation_last_size(void);
/// Makes one allocation and frees it: shows that the count can fail.
void allocation_make_one(void);
/// 1 where the C library can be interposed on (glibc), 0 elsewhere.
int allocation_counts(void);
#endif
