#include "CShared.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught = 0;

static void remember(int signal) { caught = signal; }

// oneDNN's generated code may keep its data below, or its work in, the stack pointer: a signal that
// came there wrote its frame into the heap. Frames go onto a stack of their own instead.
static char frames[256 * 1024];

static void use_own_stack(void) {
  stack_t present;
  if (sigaltstack(NULL, &present) == 0 && !(present.ss_flags & SS_DISABLE)) return;
  stack_t own;
  memset(&own, 0, sizeof own);
  own.ss_sp = frames;
  own.ss_size = sizeof frames;
  sigaltstack(&own, NULL);
}

void cs_catch_stop_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART | SA_ONSTACK;  // reads and writes in flight go on
  use_own_stack();
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  action.sa_flags |= SA_RESETHAND;  // whoever presses Ctrl-C twice wants the end at once
  sigaction(SIGINT, &action, NULL);
  // A parent that starts us from a thread with blocked signals hands its mask down.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

int32_t cs_stop_signal(void) { return caught; }

void cs_sleep(int64_t microseconds) {
  struct timespec time = {microseconds / 1000000, (microseconds % 1000000) * 1000};
  nanosleep(&time, NULL);
}

double cs_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + 1e-6 * (double)time.tv_usec; }

double cs_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int32_t cs_process_descriptor(int32_t id) {
#ifdef SYS_pidfd_open
  return (int32_t)syscall(SYS_pidfd_open, id, 0);
#else
  (void)id;
  return -1;
#endif
}

void cs_adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
