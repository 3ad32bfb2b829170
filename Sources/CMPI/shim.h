// MPI for Swift.
//
// No handle type of an MPI library reaches Swift: Open MPI's are pointers, MPICH's are ints, so each
// is wrapped in a C struct of our own. What is a macro, a cast or an enum in <mpi.h> comes through a
// cmpi_* function. Every function returns MPI's own error code where it has one.
#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H
#include <mpi.h>
#include <stddef.h>
#include <stdint.h>

typedef struct { MPI_Comm raw; } cmpi_comm;
typedef struct { MPI_Win raw; } cmpi_win;
typedef struct { MPI_Request raw; } cmpi_request;

enum cmpi_type { CMPI_BYTE, CMPI_FLOAT, CMPI_DOUBLE, CMPI_INT32, CMPI_INT64, CMPI_UINT64 };
enum cmpi_op { CMPI_SUM, CMPI_MIN, CMPI_MAX };

static inline MPI_Datatype cmpi_datatype(int32_t type) {
  switch (type) {
    case CMPI_FLOAT: return MPI_FLOAT;
    case CMPI_DOUBLE: return MPI_DOUBLE;
    case CMPI_INT32: return MPI_INT32_T;
    case CMPI_INT64: return MPI_INT64_T;
    case CMPI_UINT64: return MPI_UINT64_T;
    default: return MPI_BYTE;
  }
}

static inline MPI_Op cmpi_operation(int32_t op) {
  switch (op) {
    case CMPI_MIN: return MPI_MIN;
    case CMPI_MAX: return MPI_MAX;
    default: return MPI_SUM;
  }
}

// Environment
static inline int32_t cmpi_success(void) { return MPI_SUCCESS; }
static inline int32_t cmpi_init(int32_t required, int32_t *provided) {
  int got = 0;
  int code = MPI_Init_thread(NULL, NULL, required, &got);
  *provided = got;
  return code;
}
static inline int32_t cmpi_thread_single(void) { return MPI_THREAD_SINGLE; }
static inline int32_t cmpi_thread_funneled(void) { return MPI_THREAD_FUNNELED; }
static inline int32_t cmpi_thread_serialized(void) { return MPI_THREAD_SERIALIZED; }
static inline int32_t cmpi_thread_multiple(void) { return MPI_THREAD_MULTIPLE; }
static inline int32_t cmpi_thread_level(void) {
  int level = 0;
  MPI_Query_thread(&level);
  return level;
}
static inline int32_t cmpi_finalize(void) { return MPI_Finalize(); }
static inline void cmpi_abort(int32_t code) { MPI_Abort(MPI_COMM_WORLD, code); }
static inline int32_t cmpi_is_initialized(void) {
  int flag = 0;
  MPI_Initialized(&flag);
  return flag;
}
static inline int32_t cmpi_is_finalized(void) {
  int flag = 0;
  MPI_Finalized(&flag);
  return flag;
}
// Writes at most `capacity` bytes and a terminating zero. Allowed before cmpi_init.
static inline void cmpi_library_version(char *text, int32_t capacity) {
  char full[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(full, &length);
  int32_t n = 0;
  while (n < capacity - 1 && n < length && full[n] != '\n') { text[n] = full[n]; n++; }
  text[n] = 0;
}
static inline void cmpi_error_string(int32_t code, char *text, int32_t capacity) {
  char full[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, full, &length);
  int32_t n = 0;
  while (n < capacity - 1 && n < length) { text[n] = full[n] == '\n' ? ' ' : full[n]; n++; }
  text[n] = 0;
}

// Communicators
static inline cmpi_comm cmpi_comm_world(void) { return (cmpi_comm){MPI_COMM_WORLD}; }
static inline int32_t cmpi_comm_rank(cmpi_comm comm, int32_t *rank) {
  int value = 0;
  int code = MPI_Comm_rank(comm.raw, &value);
  *rank = value;
  return code;
}
static inline int32_t cmpi_comm_size(cmpi_comm comm, int32_t *size) {
  int value = 0;
  int code = MPI_Comm_size(comm.raw, &value);
  *size = value;
  return code;
}
static inline int32_t cmpi_comm_return_errors(cmpi_comm comm) {
  return MPI_Comm_set_errhandler(comm.raw, MPI_ERRORS_RETURN);
}
// A negative colour: this rank takes part in the call and gets no communicator.
static inline int32_t cmpi_comm_split(cmpi_comm comm, int32_t color, int32_t key, cmpi_comm *out) {
  return MPI_Comm_split(comm.raw, color < 0 ? MPI_UNDEFINED : color, key, &out->raw);
}
static inline int32_t cmpi_comm_split_shared(cmpi_comm comm, int32_t key, cmpi_comm *out) {
  return MPI_Comm_split_type(comm.raw, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &out->raw);
}
// Collective over the ranks named, all of which give the same list and tag.
static inline int32_t cmpi_comm_create_group(
    cmpi_comm comm, const int32_t *ranks, int32_t count, int32_t tag, cmpi_comm *out) {
  MPI_Group all, part;
  int code = MPI_Comm_group(comm.raw, &all);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Group_incl(all, count, ranks, &part);
  if (code == MPI_SUCCESS) {
    code = MPI_Comm_create_group(comm.raw, part, tag, &out->raw);
    MPI_Group_free(&part);
  }
  MPI_Group_free(&all);
  return code;
}
static inline int32_t cmpi_comm_is_null(cmpi_comm comm) { return comm.raw == MPI_COMM_NULL; }
static inline int32_t cmpi_comm_free(cmpi_comm comm) { return MPI_Comm_free(&comm.raw); }

// Collectives
static inline int32_t cmpi_barrier(cmpi_comm comm) { return MPI_Barrier(comm.raw); }
static inline int32_t cmpi_ibarrier(cmpi_comm comm, cmpi_request *request) {
  return MPI_Ibarrier(comm.raw, &request->raw);
}
static inline int32_t cmpi_bcast(void *buffer, int32_t count, int32_t type, int32_t root, cmpi_comm comm) {
  return MPI_Bcast(buffer, count, cmpi_datatype(type), root, comm.raw);
}
static inline int32_t cmpi_ibcast(
    void *buffer, int32_t count, int32_t type, int32_t root, cmpi_comm comm, cmpi_request *request) {
  return MPI_Ibcast(buffer, count, cmpi_datatype(type), root, comm.raw, &request->raw);
}
static inline int32_t cmpi_allreduce_in_place(
    void *buffer, int32_t count, int32_t type, int32_t op, cmpi_comm comm) {
  return MPI_Allreduce(MPI_IN_PLACE, buffer, count, cmpi_datatype(type), cmpi_operation(op), comm.raw);
}
static inline int32_t cmpi_iallreduce_in_place(
    void *buffer, int32_t count, int32_t type, int32_t op, cmpi_comm comm, cmpi_request *request) {
  return MPI_Iallreduce(
      MPI_IN_PLACE, buffer, count, cmpi_datatype(type), cmpi_operation(op), comm.raw, &request->raw);
}
/// The root has its values in `buffer` and gets the result there; that of the others stays as it is.
static inline int32_t cmpi_ireduce_in_place(
    void *buffer, int32_t count, int32_t type, int32_t op, int32_t root, int32_t is_root, cmpi_comm comm,
    cmpi_request *request) {
  return MPI_Ireduce(
      is_root ? MPI_IN_PLACE : buffer, is_root ? buffer : 0, count, cmpi_datatype(type), cmpi_operation(op), root,
      comm.raw, &request->raw);
}
static inline int32_t cmpi_allgather(
    const void *send, void *receive, int32_t count, int32_t type, cmpi_comm comm) {
  MPI_Datatype t = cmpi_datatype(type);
  return MPI_Allgather(send, count, t, receive, count, t, comm.raw);
}
static inline int32_t cmpi_iallgather_in_place(
    void *buffer, int32_t count, int32_t type, cmpi_comm comm, cmpi_request *request) {
  MPI_Datatype t = cmpi_datatype(type);
  return MPI_Iallgather(MPI_IN_PLACE, 0, t, buffer, count, t, comm.raw, &request->raw);
}

// Point to point
static inline int32_t cmpi_any_source(void) { return MPI_ANY_SOURCE; }
static inline int32_t cmpi_send(
    const void *buffer, int32_t count, int32_t type, int32_t to, int32_t tag, cmpi_comm comm) {
  return MPI_Send(buffer, count, cmpi_datatype(type), to, tag, comm.raw);
}
static inline int32_t cmpi_isend(
    const void *buffer, int32_t count, int32_t type, int32_t to, int32_t tag, cmpi_comm comm,
    cmpi_request *request) {
  return MPI_Isend(buffer, count, cmpi_datatype(type), to, tag, comm.raw, &request->raw);
}
static inline int32_t cmpi_recv(
    void *buffer, int32_t count, int32_t type, int32_t from, int32_t tag, cmpi_comm comm) {
  return MPI_Recv(buffer, count, cmpi_datatype(type), from, tag, comm.raw, MPI_STATUS_IGNORE);
}
static inline int32_t cmpi_irecv(
    void *buffer, int32_t count, int32_t type, int32_t from, int32_t tag, cmpi_comm comm,
    cmpi_request *request) {
  return MPI_Irecv(buffer, count, cmpi_datatype(type), from, tag, comm.raw, &request->raw);
}
static inline int32_t cmpi_iprobe(
    int32_t from, int32_t tag, cmpi_comm comm, int32_t *flag, int32_t *source) {
  MPI_Status status;
  int found = 0;
  int code = MPI_Iprobe(from, tag, comm.raw, &found, &status);
  *flag = found;
  *source = found ? status.MPI_SOURCE : -1;
  return code;
}
// Like cmpi_iprobe for a message of values of `type`: also tells how many; below 0 where it has no whole number of
// them, or more than MPI counts.
static inline int32_t cmpi_iprobe_count(
    int32_t from, int32_t tag, int32_t type, cmpi_comm comm, int32_t *flag, int32_t *source,
    int32_t *count) {
  MPI_Status status;
  int found = 0, values = 0;
  int code = MPI_Iprobe(from, tag, comm.raw, &found, &status);
  if (code == MPI_SUCCESS && found) code = MPI_Get_count(&status, cmpi_datatype(type), &values);
  *flag = found;
  *source = found ? status.MPI_SOURCE : -1;
  *count = found && values == MPI_UNDEFINED ? -1 : values;
  return code;
}
static inline cmpi_request cmpi_request_null(void) { return (cmpi_request){MPI_REQUEST_NULL}; }
static inline int32_t cmpi_test(cmpi_request *request, int32_t *flag) {
  int done = 0;
  int code = MPI_Test(&request->raw, &done, MPI_STATUS_IGNORE);
  *flag = done;
  return code;
}
static inline int32_t cmpi_wait(cmpi_request *request) {
  return MPI_Wait(&request->raw, MPI_STATUS_IGNORE);
}

// Windows
static inline int32_t cmpi_win_allocate_shared(
    int64_t bytes, int32_t unit, cmpi_comm comm, void **base, cmpi_win *win) {
  return MPI_Win_allocate_shared((MPI_Aint)bytes, unit, MPI_INFO_NULL, comm.raw, base, &win->raw);
}
static inline int32_t cmpi_win_shared_query(cmpi_win win, int32_t rank, int64_t *bytes, void **base) {
  MPI_Aint size = 0;
  int unit = 0;
  int code = MPI_Win_shared_query(win.raw, rank, &size, &unit, base);
  *bytes = (int64_t)size;
  return code;
}
// Memory that others reach by messages of the library: `bytes` of this rank's own, which may be 0.
static inline int32_t cmpi_win_allocate(
    int64_t bytes, int32_t unit, cmpi_comm comm, void **base, cmpi_win *win) {
  return MPI_Win_allocate((MPI_Aint)bytes, unit, MPI_INFO_NULL, comm.raw, base, &win->raw);
}
// result = the target's floats from `place` on, which then grow by `terms`; each float atomically.
static inline int32_t cmpi_rget_add_floats(
    const float *terms, float *result, int32_t count, int32_t target, int64_t place, cmpi_win win,
    cmpi_request *request) {
  return MPI_Rget_accumulate(
      terms, count, MPI_FLOAT, result, count, MPI_FLOAT, target, (MPI_Aint)place, count, MPI_FLOAT,
      MPI_SUM, win.raw, &request->raw);
}
// The same of one 64-bit whole number, whose place is counted in floats.
static inline int32_t cmpi_rget_add_int64(
    const int64_t *term, int64_t *result, int32_t target, int64_t place, cmpi_win win,
    cmpi_request *request) {
  return MPI_Rget_accumulate(
      term, 1, MPI_INT64_T, result, 1, MPI_INT64_T, target, (MPI_Aint)place, 1, MPI_INT64_T, MPI_SUM,
      win.raw, &request->raw);
}
// The same of floats without a change. A plain MPI_Get beside accumulates on the same floats is undefined.
static inline int32_t cmpi_rget_floats(
    float *result, int32_t count, int32_t target, int64_t place, cmpi_win win, cmpi_request *request) {
  return MPI_Rget_accumulate(
      NULL, 0, MPI_FLOAT, result, count, MPI_FLOAT, target, (MPI_Aint)place, count, MPI_FLOAT,
      MPI_NO_OP, win.raw, &request->raw);
}
static inline int32_t cmpi_win_flush(cmpi_win win, int32_t target) { return MPI_Win_flush(target, win.raw); }
static inline int32_t cmpi_win_lock_all(cmpi_win win) { return MPI_Win_lock_all(MPI_MODE_NOCHECK, win.raw); }
static inline int32_t cmpi_win_unlock_all(cmpi_win win) { return MPI_Win_unlock_all(win.raw); }
static inline int32_t cmpi_win_sync(cmpi_win win) { return MPI_Win_sync(win.raw); }
static inline int32_t cmpi_win_free(cmpi_win win) { return MPI_Win_free(&win.raw); }
static inline int32_t cmpi_win_return_errors(cmpi_win win) {
  return MPI_Win_set_errhandler(win.raw, MPI_ERRORS_RETURN);
}
#endif
