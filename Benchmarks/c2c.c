// One-way latency of a cache line between two CPUs, in nanoseconds: the median of several runs.
//
// In a virtual machine it changes from minute to minute (40 ns or 230 ns), and with it whatever two
// processes do to the same memory. Printed beside every benchmark with two workers.
// Use: c2c [CPU] [CPU]   (default 0 and 1)
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { round_trips = 100000, runs = 7 };
static _Alignas(128) _Atomic long turn;
static int cpus[2] = {0, 1};

static void wait_for(long value) {
  while (atomic_load(&turn) != value) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    perror("c2c: cannot pin to a CPU");
    exit(1);
  }
}

static void *answer(void *unused) {
  pin(cpus[1]);
  for (long i = 0; i < (long)runs * round_trips; i++) {
    wait_for(2 * i + 1);
    atomic_store(&turn, 2 * i + 2);
  }
  return unused;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **arguments) {
  for (int i = 0; i < 2 && i + 1 < count; i++) cpus[i] = atoi(arguments[i + 1]);
  pthread_t thread;
  pin(cpus[0]);
  if (pthread_create(&thread, NULL, answer, NULL) != 0) return 1;
  double nanoseconds[runs];
  for (long run = 0; run < runs; run++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = run * round_trips; i < (run + 1) * round_trips; i++) {
      atomic_store(&turn, 2 * i + 1);
      wait_for(2 * i + 2);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double elapsed = 1e9 * (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec);
    nanoseconds[run] = elapsed / round_trips / 2;
  }
  pthread_join(thread, NULL);
  qsort(nanoseconds, runs, sizeof nanoseconds[0], ascending);
  printf("{\"bench\":\"c2c\",\"workload\":\"cpu%d-cpu%d\",\"value\":%.1f,\"unit\":\"ns one way\"}\n",
         cpus[0], cpus[1], nanoseconds[runs / 2]);
  return 0;
}
