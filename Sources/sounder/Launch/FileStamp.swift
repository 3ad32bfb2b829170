private import Glibc

/// What changes when a file is replaced.
struct FileStamp: Equatable {
  private let inode: UInt
  private let seconds: Int
  private let nanoseconds: Int

  /// nil when nothing stands at `path`.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    inode = status.st_ino
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
