#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the operating system says about a path, before and beside the C library.
enum Posix {
  /// The reason behind the last failed call, in words.
  static var reason: String { String(cString: strerror(errno)) }

  /// Whether something stands at `path` (a broken symbolic link counts as nothing).
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// What tells a file from all others of this machine while it is there.
  struct FileKey: Hashable {
    private let device: UInt64
    private let number: UInt64

    private init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }

    /// The file at `path`; nil where there is none.
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(status)
    }

    /// The file that a descriptor is of.
    init?(_ descriptor: Int32) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return nil }
      self.init(status)
    }
  }

  /// The path behind symbolic links, or `path` itself where nothing stands there yet.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The folder that `path` lies in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Throws unless `path` is a file that can be read and that begins as HDF5 files do.
  static func checkReadable(_ path: String) throws(HDF5Error) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        throw HDF5Error(.missingFile, path: path, "there is no such file")
      }
      throw HDF5Error(.io, path: path, "cannot be looked at: \(reason)")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw HDF5Error(.notHDF5, path: path, "is a folder, not an HDF5 file")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw HDF5Error(.notHDF5, path: path, "is no regular file, so no HDF5 file")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw HDF5Error(.io, path: path, "cannot be opened for reading: \(reason)")
    }
    defer { close(descriptor) }
    guard hasSignature(descriptor, byteCount: Int(status.st_size)) else {
      let found = status.st_size == 0 ? "is empty" : "is not an HDF5 file"
      throw HDF5Error(
        .notHDF5, path: path,
        "\(found); `sounder convert` makes one of IDX, CSV, NumPy or LIBSVM files")
    }
  }

  /// Whether the file at `path` begins as HDF5 files do; false for one that cannot be read.
  static func isHDF5(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return hasSignature(descriptor, byteCount: Int(status.st_size))
  }

  /// The signature stands at byte 0, 512, 1024, 2048 and so on, behind a user's own block.
  private static func hasSignature(_ descriptor: Int32, byteCount: Int) -> Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    var offset = 0
    while offset + signature.count <= byteCount {
      var found = [UInt8](repeating: 0, count: signature.count)
      if pread(descriptor, &found, found.count, off_t(offset)) == found.count, found == signature {
        return true
      }
      offset = offset == 0 ? 512 : 2 * offset
    }
    return false
  }

  /// Throws unless a file can be made in the folder of `file`; `path` is what errors name.
  static func checkFolder(of file: String, named path: String) throws(HDF5Error) {
    let folder = folder(of: file)
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw HDF5Error(
        .io, path: path, "the folder '\(folder)' does not exist: create it or choose another")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw HDF5Error(.io, path: path, "'\(folder)' is not a folder")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw HDF5Error(.io, path: path, "cannot be written in '\(folder)': \(reason)")
    }
  }

  /// Waits until the file or folder at `path` is on the disk.
  static func synchronize(_ path: String) throws(HDF5Error) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw HDF5Error(.io, path: path, "cannot be opened to be synced: \(reason)")
    }
    defer { close(descriptor) }
    // EINVAL: a file system that cannot sync this kind of object; there is nothing to wait for.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw HDF5Error(.io, path: path, "cannot be synced: \(reason)")
    }
  }

  /// Gives `old` the name `new` in one step.
  static func rename(_ old: String, _ new: String) throws(HDF5Error) {
    #if canImport(Glibc)
      let result = Glibc.rename(old, new)
    #elseif canImport(Musl)
      let result = Musl.rename(old, new)
    #else
      let result = Darwin.rename(old, new)
    #endif
    guard result == 0 else {
      throw HDF5Error(.io, path: new, "the finished '\(old)' cannot take this name: \(reason)")
    }
  }

  /// Removes the file at `path` if it is there.
  static func remove(_ path: String) {
    _ = unlink(path)
  }

  /// The value of an environment variable.
  static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// This process' number.
  static var processID: Int { Int(getpid()) }
}
