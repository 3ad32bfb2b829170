private import Configuration
private import Glibc

/// Locks between processes of one user on the files of a folder, which end with their process.
///
/// One file, `.sounder-UID.lock`, has a byte for each: a job may read thousands of files. It stays in the folder,
/// empty.
/// - Source: `fcntl(2)`, open file description locks, Linux 3.15.
final class FolderLock {
  /// Who else may have a lock.
  enum Kind {
    /// Others who share it.
    case shared
    /// Nobody.
    case alone
  }

  /// `F_OFD_SETLK`, which the C library only tells those who ask for its extensions.
  private static let setLock: Int32 = 37

  private let path: String
  private let descriptor: Int32

  /// Opens the locks of `folder`.
  ///
  /// - Throws: `DistributedError` (74).
  init(_ folder: String) throws(DistributedError) {
    path = "\(folder)/.sounder-\(geteuid()).lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.error(path) }
  }

  deinit { close(descriptor) }

  /// Takes the lock of the file with that number, or has it in another way from now on; false: others have it,
  /// and nothing is changed.
  ///
  /// Does not wait.
  /// - Throws: `DistributedError` (74) on a file system without locks.
  func take(_ kind: Kind, of number: Int) throws(DistributedError) -> Bool {
    guard !set(kind == .shared ? F_RDLCK : F_WRLCK, number) else { return true }
    guard errno == EAGAIN || errno == EACCES else { throw Self.error(path) }
    return false
  }

  /// Gives the lock of that file back.
  func give(_ number: Int) { _ = set(F_UNLCK, number) }

  private func set(_ kind: Int32, _ number: Int) -> Bool {
    var range = flock()
    range.l_type = Int16(kind)
    range.l_whence = Int16(SEEK_SET)
    range.l_start = number
    range.l_len = 1
    return fcntl(descriptor, Self.setLock, &range) == 0
  }

  private static func error(_ path: String) -> DistributedError {
    DistributedError(
      "data.stage: \(path) cannot be locked: \(String(cString: strerror(errno))): name a folder on a "
        + "disk of the node in which you may write", exitCode: ExitCode.inputOutput)
  }
}
