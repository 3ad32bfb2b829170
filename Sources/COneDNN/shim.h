// oneDNN for Swift: one shim for every major version.
#ifndef CONEDNN_SHIM_H
#define CONEDNN_SHIM_H
#include <dnnl.h>
#endif
