// What processes share outside of MPI: atomic words in shared memory, and signals as flags.
#ifndef CSHARED_H
#define CSHARED_H
#include <stddef.h>
#include <stdint.h>

// Atomic access to a naturally aligned word of memory that other processes map too.
static inline uint64_t cs_load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void cs_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
/// Adds and gives the new value.
static inline uint64_t cs_add(uint64_t *word, uint64_t value) {
  return __atomic_add_fetch(word, value, __ATOMIC_ACQ_REL);
}
/// Replaces `expected` by `desired`; false, and nothing changed, when the word holds something else.
static inline _Bool cs_replace(uint64_t *word, uint64_t expected, uint64_t desired) {
  return __atomic_compare_exchange_n(word, &expected, desired, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/// sums[i] += terms[i], each of the n additions atomic: of threads and processes that add to the same
/// floats at the same time none is lost.
static inline void cs_add_floats(size_t n, const float *terms, float *sums) {
  for (size_t i = 0; i < n; i++) {
    uint32_t *word = (uint32_t *)(void *)(sums + i), old = __atomic_load_n(word, __ATOMIC_RELAXED);
    union { uint32_t word; float number; } sum;
    do {
      sum.word = old;
      sum.number += terms[i];
    } while (!__atomic_compare_exchange_n(word, &old, sum.word, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  }
}

/// From now on SIGUSR1, SIGTERM and the first SIGINT only set a flag.
void cs_catch_stop_signals(void);
/// The last signal caught, or 0.
int32_t cs_stop_signal(void);
/// Ends this process with `code` after so many seconds, and writes `line` to standard error before; a later call
/// takes the place of an earlier one, and one with 0 seconds calls it off. For who must not hang in a call
/// that cannot be left.
void cs_end_after(double seconds, const char *line, int32_t code);
/// Sleeps for `microseconds`; returns early when a signal arrives.
void cs_sleep(int64_t microseconds);
/// Seconds of a clock that never jumps.
double cs_seconds(void);
/// CPU seconds, user and system, that this process has used.
double cs_cpu_seconds(void);
/// Sets a bit in the `count` words for each CPU that this process may run on, and clears all others; false, and all
/// are cleared, where the system does not say.
_Bool cs_own_cores(uint64_t *words, size_t count);
/// A descriptor that can be read from once the process `id`, a child, has ended; -1 where the kernel
/// (before Linux 5.3) has none.
int32_t cs_process_descriptor(int32_t id);
/// From now on the children of a child that has ended become this process' own, not init's.
void cs_adopt_orphans(void);
/// Calls `body` with 0, 1 and so on up to `count` in a child process, which prints nothing, and waits for its end:
/// what kills the child leaves this process whole. Each call has so many seconds of CPU time (SIGPROF ends the
/// child then) and of time (SIGALRM), and all of them so many bytes of memory beyond what this process has.
/// Gives 0 where all calls came back, else the signal that ended the child; -1 where there can be no child, and -2
/// where it ended before its time without a signal, or nobody can say how. `*reached` is the number of the last
/// call.
///
/// Not once MPI has started: a process that forks may lose what its network adapter has registered.
int32_t cs_contain(
    void (*body)(void *context, int32_t number), void *context, int32_t count, int32_t cpu_seconds,
    int32_t seconds, int64_t byte_count, int32_t *reached);
#endif
