#include "CShared.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit(int resource, rlim_t count) {
  struct rlimit present;
  if (getrlimit(resource, &present) != 0) return;
  if (present.rlim_max != RLIM_INFINITY && count > present.rlim_max) count = present.rlim_max;
  present.rlim_cur = count;
  setrlimit(resource, &present);
}

/// The bytes of address space that this process has.
static rlim_t address_space(void) {
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  unsigned long pages = 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/// What a crash does by itself: it ends the process, at once and without a word.
static void be_plain_and_silent(void) {
  static const int fatal[] = {
      SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF, SIGINT, SIGTERM, SIGUSR1};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  limit(RLIMIT_CORE, 0);
  int nowhere = open("/dev/null", O_RDWR);
  if (nowhere < 0) return;
  for (int descriptor = 0; descriptor < 3; descriptor++) dup2(nowhere, descriptor);
}

int32_t cs_contain(
    void (*body)(void *context, int32_t number), void *context, int32_t count, int32_t seconds,
    int64_t byte_count, int32_t *reached) {
  *reached = 0;
  int32_t *place =
      mmap(NULL, sizeof *place, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return -1;
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    be_plain_and_silent();
    rlim_t present = address_space();
    if (present) limit(RLIMIT_AS, present + (rlim_t)byte_count);
    struct itimerval timer = {{0, 0}, {seconds, 0}};
    for (int32_t number = 0; number < count; number++) {
      *place = number;
      setitimer(ITIMER_PROF, &timer, NULL);
      body(context, number);
    }
    _exit(0);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0) {
    if (errno == EINTR) continue;
    status = 0;
    break;
  }
  *reached = *place;
  munmap(place, sizeof *place);
  if (child < 0) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
