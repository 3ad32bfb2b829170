// HDF5 for Swift: what is a comma expression or a macro function in <hdf5.h> and so cannot be
// imported, each as one chdf5_* function.
#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H
#include <hdf5.h>
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
#endif
