// Replaces C++'s allocation functions ([new.delete.single]) by ones that behave like the standard
// ones, except on a thread that asked for recycling. Every block is a plain malloc block, so it
// does not matter which operator delete frees it. Weak: a program that brings its own replacement
// keeps it.
#include <cstddef>
#include <cstdlib>
#include <new>

extern "C" {
#include "include/ck_allocation.h"
}

#if defined(__GLIBC__)
#include <malloc.h>
#define CK_WEAK __attribute__((weak))

namespace {
constexpr std::size_t classCount = 80;  // blocks below 1280 bytes, in steps of glibc's 16

struct Block {
  Block *next;
};

// Set on a thread between ck_recycle_allocations(1) and (0). Plain data: the free lists stay
// usable until the thread's very end.
thread_local bool recycling = false;
thread_local Block *lists[classCount];

struct Cleanup {
  bool active = false;
  ~Cleanup() {
    recycling = false;
    for (auto &list : lists) {
      while (list) {
        Block *next = list->next;
        std::free(list);
        list = next;
      }
    }
  }
};
thread_local Cleanup cleanup;

// glibc's chunk size in units of 16 bytes for a request, and for a block it gave out.
std::size_t classOf(std::size_t size) { return ((size < 24 ? 24 : size) + 8 + 15) / 16; }
std::size_t classOf(void *block) { return (malloc_usable_size(block) + 8) / 16; }
}  // namespace

CK_WEAK void *operator new(std::size_t size) {
  if (recycling) {
    std::size_t index = classOf(size);
    if (index < classCount && lists[index]) {
      Block *block = lists[index];
      lists[index] = block->next;
      return block;
    }
  }
  for (;;) {
    if (void *block = std::malloc(size ? size : 1)) return block;
    if (std::new_handler handler = std::get_new_handler()) handler();
    else throw std::bad_alloc();
  }
}

CK_WEAK void operator delete(void *block) noexcept {
  if (recycling && block) {
    std::size_t index = classOf(block);
    if (index < classCount) {
      auto *free = static_cast<Block *>(block);
      free->next = lists[index];
      lists[index] = free;
      return;
    }
  }
  std::free(block);
}
CK_WEAK void operator delete(void *block, std::size_t) noexcept { ::operator delete(block); }

extern "C" void ck_recycle_allocations(int on) {
  if (on && !cleanup.active) cleanup.active = true;  // registers the clean-up at the thread's end
  recycling = on != 0;
}
extern "C" int ck_recycles_allocations(void) { return recycling; }
#else
extern "C" void ck_recycle_allocations(int) {}
extern "C" int ck_recycles_allocations(void) { return 0; }
#endif
