// The CPUs of this process: sched_getaffinity, which Swift does not see.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CShared.h"
#include <sched.h>
#include <string.h>

_Bool cs_own_cores(uint64_t *words, size_t count) {
  memset(words, 0, count * sizeof *words);
  if (sched_getaffinity(0, count * sizeof *words, (cpu_set_t *)(void *)words) == 0) return 1;
  memset(words, 0, count * sizeof *words);
  return 0;
}
