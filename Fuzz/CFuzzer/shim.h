// libFuzzer, which has no header: its own entry point for programs that have a `main` already.
#ifndef CFUZZER_SHIM_H
#define CFUZZER_SHIM_H
#include <stddef.h>
#include <stdint.h>

/// Calls `callback` with one input after the other, as the arguments say; gives the exit code.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
#endif
