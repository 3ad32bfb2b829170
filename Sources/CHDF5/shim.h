// HDF5 for Swift: what is a comma expression, a macro function or a versioned name in <hdf5.h> and so
// cannot be imported, each as one chdf5_* function. The same source serves HDF5 1.10 to 1.14.
#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H
#include <hdf5.h>
#include <stddef.h>
#include <string.h>

// Many of these initialize the library: call them only where `Library.call` has prepared it.
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_all(void) { return H5S_ALL; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline hid_t chdf5_error_stack(void) { return H5E_DEFAULT; }
static inline size_t chdf5_variable(void) { return H5T_VARIABLE; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned chdf5_exclusive(void) { return H5F_ACC_EXCL; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t chdf5_link_create(void) { return H5P_LINK_CREATE; }

/// Files of the format of HDF5 1.8: metadata carries checksums, and an attribute may pass 64 KB.
static inline herr_t chdf5_use_format_18(hid_t access) {
#if H5_VERSION_GE(1, 10, 2)
  return H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
#else
  return H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
#endif
}

/// Whether opening takes a lock; a file system that knows none is no error in either case. Without
/// effect before HDF5 1.10.7, and where the variable HDF5_USE_FILE_LOCKING is set.
static inline herr_t chdf5_set_locking(hid_t access, int takes_lock) {
#if (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0)) || H5_VERSION_GE(1, 12, 1)
  return H5Pset_file_locking(access, takes_lock ? 1 : 0, 1);
#else
  (void)access; (void)takes_lock;
  return 0;
#endif
}

/// A new datatype: code 0...10 is u8 i8 u16 i16 u32 i32 u64 i64 f16 f32 f64; the caller closes it.
static inline hid_t chdf5_make_type(int code, int big_endian) {
  switch (code) {
  case 0: return H5Tcopy(big_endian ? H5T_STD_U8BE : H5T_STD_U8LE);
  case 1: return H5Tcopy(big_endian ? H5T_STD_I8BE : H5T_STD_I8LE);
  case 2: return H5Tcopy(big_endian ? H5T_STD_U16BE : H5T_STD_U16LE);
  case 3: return H5Tcopy(big_endian ? H5T_STD_I16BE : H5T_STD_I16LE);
  case 4: return H5Tcopy(big_endian ? H5T_STD_U32BE : H5T_STD_U32LE);
  case 5: return H5Tcopy(big_endian ? H5T_STD_I32BE : H5T_STD_I32LE);
  case 6: return H5Tcopy(big_endian ? H5T_STD_U64BE : H5T_STD_U64LE);
  case 7: return H5Tcopy(big_endian ? H5T_STD_I64BE : H5T_STD_I64LE);
  case 8: {
    // HDF5 has no half type before 1.14.4; described by its fields it is one all the same.
    hid_t half = H5Tcopy(big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
    if (half < 0) return half;
    if (H5Tset_fields(half, 15, 10, 5, 0, 10) < 0 || H5Tset_size(half, 2) < 0 ||
        H5Tset_ebias(half, 15) < 0) {
      H5Tclose(half);
      return H5I_INVALID_HID;
    }
    return half;
  }
  case 9: return H5Tcopy(big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
  case 10: return H5Tcopy(big_endian ? H5T_IEEE_F64BE : H5T_IEEE_F64LE);
  default: return H5I_INVALID_HID;
  }
}

static inline herr_t chdf5_each_attribute(hid_t object, H5A_operator2_t visit, void *context) {
  hsize_t position = 0;
  return H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, visit, context);
}

/// Sees the name of a link; another result than 0 ends the visit.
typedef herr_t (*chdf5_link_visitor)(const char *name, void *context);
struct chdf5_link_visit {
  chdf5_link_visitor visit;
  void *context;
};
#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info2_t chdf5_link_info;
#else
typedef H5L_info_t chdf5_link_info;
#endif
static inline herr_t chdf5_visit_link(
    hid_t group, const char *name, const chdf5_link_info *info, void *visit) {
  (void)group; (void)info;
  struct chdf5_link_visit *own = (struct chdf5_link_visit *)visit;
  return own->visit(name, own->context);
}
/// Visits a group's links by name, all in one go: by number, each would have a large group sorted anew.
static inline herr_t chdf5_each_link(hid_t group, chdf5_link_visitor visit, void *context) {
  struct chdf5_link_visit own = {visit, context};
  hsize_t position = 0;
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, H5_INDEX_NAME, H5_ITER_INC, &position, chdf5_visit_link, &own);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, chdf5_visit_link, &own);
#endif
}

/// The link behind `name`: 0 hard, 1 soft, 2 external or the user's own, -1 none.
static inline int chdf5_link_kind(hid_t group, const char *name) {
#if H5_VERSION_GE(1, 12, 0)
  H5L_info2_t info;
  if (H5Lget_info2(group, name, &info, H5P_DEFAULT) < 0) return -1;
#else
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
#endif
  return info.type == H5L_TYPE_HARD ? 0 : info.type == H5L_TYPE_SOFT ? 1 : 2;
}

/// What tells an object of a file from all others, in 16 bytes of `key`.
static inline herr_t chdf5_object_key(hid_t object, unsigned long long key[2]) {
  key[0] = key[1] = 0;
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
  memcpy(key, &info.token, sizeof info.token < 16 ? sizeof info.token : 16);
#elif H5_VERSION_GE(1, 10, 3)
  H5O_info_t info;
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
  key[0] = info.addr;
#else
  H5O_info_t info;
  if (H5Oget_info(object, &info) < 0) return -1;
  key[0] = info.addr;
#endif
  return 0;
}

static inline H5T_conv_ret_t chdf5_refuse_lossy(
    H5T_conv_except_t kind, hid_t source, hid_t target, void *from, void *to, void *context) {
  (void)source; (void)target; (void)from; (void)to; (void)context;
  return kind == H5T_CONV_EXCEPT_PRECISION ? H5T_CONV_UNHANDLED : H5T_CONV_ABORT;
}
/// Makes a transfer fail where a value does not fit the memory's integer type.
static inline herr_t chdf5_set_refuse_lossy(hid_t transfer) {
  return H5Pset_type_conv_cb(transfer, chdf5_refuse_lossy, NULL);
}

static inline herr_t chdf5_free_strings(hid_t type, hid_t space, void *strings) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, strings);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, strings);
#endif
}
#endif
