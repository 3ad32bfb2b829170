import CHDF5
import Synchronization

/// The files that are open to be read: whoever opens one of them again gets the same identifier.
///
/// The library shares what it knows of a file between all identifiers of it. A data set of records with texts of
/// their own lengths keeps a pointer to the identifier by which it was opened first, and leads out of bounds once that
/// one is closed (HDF5 1.10.8, in `H5F_addr_decode`), although others have it open. So there is one identifier, which
/// such a data set holds, too (`hold`): open it while its `File` lives, or the next one has an identifier of its own.
enum OpenFiles {
  private static let identifiers = Mutex<[Posix.FileKey: hid_t]>([:])

  /// Opens a file to be read; to be called where the library is, and closed by `H5Fclose`.
  static func open(_ path: String, _ properties: hid_t) -> hid_t {
    identifiers.withLock { identifiers in
      if let key = Posix.FileKey(path), let id = identifiers[key], H5Iis_valid(id) > 0,
        H5Iinc_ref(id) > 0
      {
        return id
      }
      let id = H5Fopen(path, chdf5_read_only(), properties)
      // Of the file that is open: another one may have taken its name meanwhile.
      guard id >= 0, let key = key(of: id) else { return id }
      identifiers = identifiers.filter { H5Iis_valid($0.value) > 0 }
      identifiers[key] = id
      return id
    }
  }

  /// Keeps the file open in which the data set `dataset` is, if its elements, of `type`, are records.
  static func hold(
    _ dataset: hid_t, of type: hid_t, _ handle: ObjectHandle
  ) throws(HDF5Error) -> Identifier? {
    guard Library.call({ H5Tget_class(type) }) == H5T_COMPOUND else { return nil }
    return try Identifier(H5Iget_file_id(dataset), close: H5Fclose) {
      handle.error(.io, "its file cannot be kept open: \($0)")
    }
  }

  /// Files are read by descriptors.
  private static func key(of file: hid_t) -> Posix.FileKey? {
    var place: UnsafeMutableRawPointer?
    guard H5Fget_vfd_handle(file, chdf5_default(), &place) >= 0, let place else { return nil }
    return Posix.FileKey(place.assumingMemoryBound(to: Int32.self).pointee)
  }
}
