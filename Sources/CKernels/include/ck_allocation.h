#ifndef CK_ALLOCATION_H
#define CK_ALLOCATION_H
/// Begins (1) or ends (0) a stretch in which this thread's C++ allocations are recycled.
///
/// oneDNN builds a small hash table of its arguments at every execution of a primitive. Inside
/// such a stretch `operator new` takes its memory from blocks that `operator delete` put aside in
/// an earlier one, so that from the second execution on nothing reaches `malloc`.
void ck_recycle_allocations(int on);

/// Whether this thread is inside such a stretch: in a call of oneDNN.
int ck_recycles_allocations(void);
#endif
