// MPI for Swift.
#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H
#include <mpi.h>
typedef struct { MPI_Comm raw; } cmpi_comm;
static inline cmpi_comm cmpi_comm_world(void) { return (cmpi_comm){MPI_COMM_WORLD}; }
#endif
