import CHDF5

/// An HDF5 file.
///
/// Any number of processes may read one file at once; one process writes it. Closed at the end of
/// its lifetime; groups and data sets of a file that was opened may outlive it.
public struct File: ~Copyable {
  /// What may be done with an opened file.
  public enum Access: Sendable {
    /// Reading.
    case readOnly
    /// Reading and writing in place. See `replace(_:_:)` for the safe way to write.
    case readWrite
  }

  /// The file's name as it was given.
  public let path: String
  private let identifier: Identifier

  /// Whether the file at `path` begins as HDF5 files do, perhaps behind a block of its user's; false for one that
  /// cannot be read: opening it says why.
  ///
  /// - Source: HDF5 File Format Specification 3.0, II.A.
  package static func isHDF5(_ path: String) -> Bool { Posix.isHDF5(path) }

  /// Opens an existing file.
  ///
  /// - Throws: `HDF5Error`: `missingFile`, `notHDF5`, `damaged` (also truncated), `io`.
  public init(opening path: String, access: Access = .readOnly) throws(HDF5Error) {
    try self.init(opening: path, access: access, named: path)
  }

  /// Opens the file at `path`, which errors call `name`.
  init(opening file: String, access: Access = .readOnly, named path: String) throws(HDF5Error) {
    do { try Posix.checkReadable(file) } catch {
      throw HDF5Error(error.kind, path: path, object: error.object, error.message)
    }
    let properties = try Identifier(H5Pcreate(chdf5_file_access()), close: H5Pclose) {
      HDF5Error(.io, path: path, "cannot be opened: \($0)")
    }
    try Library.check(chdf5_set_locking(properties.raw, 1)) {
      HDF5Error(.io, path: path, "cannot be opened: \($0)")
    }
    identifier = try Identifier(
      access == .readOnly
        ? OpenFiles.open(file, properties.raw)
        : H5Fopen(file, chdf5_read_write(), properties.raw), close: H5Fclose
    ) { Self.openError(path, $0) }
    self.path = path
  }

  /// Creates a file and refuses an existing one.
  ///
  /// - Throws: `HDF5Error`: `exists`, or `io` when the folder is missing or cannot be written.
  public init(creating path: String) throws(HDF5Error) {
    guard !Posix.exists(path) else {
      throw HDF5Error(.exists, path: path, "is there already: remove it or choose another name")
    }
    self = try File(writing: path)
  }

  /// Creates the file at `path`; a name makes it a temporary one, and is what errors call it.
  init(writing path: String, named name: String? = nil) throws(HDF5Error) {
    let isTemporary = name != nil
    let name = name ?? path
    try Posix.checkFolder(of: path, named: name)
    func failed(_ reason: String) -> HDF5Error {
      HDF5Error(.io, path: name, "cannot be created: \(reason)")
    }
    let access = try Identifier(
      H5Pcreate(chdf5_file_access()), close: H5Pclose, error: failed)
    try Library.check(chdf5_use_format_18(access.raw), error: failed)
    // A name that nobody else knows needs no lock. With one, a process that is started meanwhile
    // would inherit it, and hold it on the finished file as long as it runs.
    try Library.check(chdf5_set_locking(access.raw, isTemporary ? 0 : 1), error: failed)
    // A file that is written must be complete when it is closed, whatever else is still open.
    try Library.check(H5Pset_fclose_degree(access.raw, H5F_CLOSE_STRONG), error: failed)
    identifier = try Identifier(
      H5Fcreate(
        path, isTemporary ? chdf5_truncate() : chdf5_exclusive(), chdf5_default(), access.raw),
      close: H5Fclose, error: failed)
    self.path = name
  }

  private static func openError(_ path: String, _ reason: String) -> HDF5Error {
    // First: the library's words on a truncated file contain "sblock".
    if reason.contains("truncated") {
      return HDF5Error(.damaged, path: path, "is truncated, copy it again: \(reason)")
    }
    if reason.contains("lock file") {
      return HDF5Error(
        .io, path: path,
        "cannot be locked (\(reason)): another program writes it, or the file system has no locks"
          + " (then set HDF5_USE_FILE_LOCKING=FALSE)")
    }
    return HDF5Error(.damaged, path: path, "is damaged, or cannot be opened: \(reason)")
  }

  /// Hands everything written so far to the operating system.
  public func flush() throws(HDF5Error) {
    try Library.check(H5Fflush(identifier.raw, H5F_SCOPE_GLOBAL)) {
      HDF5Error(.io, path: path, "cannot be written, is the disk full? \($0)")
    }
  }

  /// Closes the file, and throws where its last bytes cannot be written.
  consuming func close() throws(HDF5Error) {
    let path = path
    try identifier.close {
      HDF5Error(.io, path: path, "cannot be written to its end, is the disk full? \($0)")
    }
  }

  /// The outermost group.
  public func root() throws(HDF5Error) -> Group {
    try Group(opening: "/", in: handle)
  }

  /// The group at `path`, names separated by `/`.
  public func group(_ path: String) throws(HDF5Error) -> Group {
    try root().group(path)
  }

  /// The data set at `path`, names separated by `/`.
  ///
  /// - Throws: `HDF5Error` that names the nearest one, with its path, when there is none.
  public func dataset(_ path: String) throws(HDF5Error) -> Dataset {
    try root().dataset(path)
  }
}

extension File: HDF5Object {
  /// The file's root group as the owner of attributes.
  public var handle: ObjectHandle {
    ObjectHandle(id: identifier.raw, file: path, object: "/")
  }
}

@available(*, unavailable)
extension File: Sendable {}
