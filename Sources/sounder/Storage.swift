private import Glibc

/// What a file system says about a place.
enum Storage {
  /// The bytes that this user may still write at `path`; nil when there is no such place.
  static func freeByteCount(at path: String) -> Int? {
    var figures = statvfs()
    guard statvfs(path, &figures) == 0 else { return nil }
    return Int(clamping: UInt64(figures.f_bavail) &* UInt64(figures.f_frsize))
  }

  /// Whether there is anything at `path`.
  static func exists(_ path: String) -> Bool {
    var figures = stat()
    return stat(path, &figures) == 0
  }
}
