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
      SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF, SIGALRM, SIGINT, SIGTERM,
      SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  limit(RLIMIT_CORE, 0);
  int nowhere = open("/dev/null", O_RDWR);
  if (nowhere < 0) return;
  for (int descriptor = 0; descriptor < 3; descriptor++) dup2(nowhere, descriptor);
}

/// What the child tells its parent.
struct report {
  int32_t number, is_done;
};

static void run_all(
    void (*body)(void *context, int32_t number), void *context, int32_t count, int32_t cpu_seconds,
    int32_t seconds, struct report *report) {
  struct itimerval cpu = {{0, 0}, {cpu_seconds, 0}}, wall = {{0, 0}, {seconds, 0}};
  for (int32_t number = 0; number < count; number++) {
    report->number = number;
    setitimer(ITIMER_PROF, &cpu, NULL);
    setitimer(ITIMER_REAL, &wall, NULL);
    body(context, number);
  }
  report->is_done = 1;
}

int32_t cs_contain(
    void (*body)(void *context, int32_t number), void *context, int32_t count, int32_t cpu_seconds,
    int32_t seconds, int64_t byte_count, int32_t *reached) {
  *reached = 0;
  struct report *report =
      mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (report == MAP_FAILED) return -1;
  // Where the end of children is ignored (whoever started this process may have set that), the kernel
  // keeps from waitpid how they ended.
  struct sigaction present, plain = {.sa_handler = SIG_DFL};
  sigaction(SIGCHLD, NULL, &present);
  int is_ignored = present.sa_handler == SIG_IGN || (present.sa_flags & SA_NOCLDWAIT);
  if (is_ignored) sigaction(SIGCHLD, &plain, NULL);
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    be_plain_and_silent();
    rlim_t space = address_space();
    if (space) limit(RLIMIT_AS, space + (rlim_t)byte_count);
    run_all(body, context, count, cpu_seconds, seconds, report);
    _exit(0);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0) {
    if (errno == EINTR) continue;
    status = 0;
    break;
  }
  if (is_ignored) sigaction(SIGCHLD, &present, NULL);
  int is_done = report->is_done;
  *reached = report->number;
  munmap(report, sizeof *report);
  if (child < 0) return -1;
  if (is_done) return 0;
  return WIFSIGNALED(status) ? WTERMSIG(status) : -2;
}
