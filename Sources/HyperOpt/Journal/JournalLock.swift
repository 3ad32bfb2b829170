private import Glibc

/// The lock that Optuna takes for an append: a symbolic link `PATH.lock`, made in one step anywhere.
///
/// A lock that nobody has released, while the journal did not grow either, for the grace period
/// belongs to a process that died: it is removed.
struct JournalLock {
  private let path: String
  private let target: String
  private let graceSeconds: Double
  /// The link that this process made; another number means that somebody took it away.
  private var identity: UInt?

  /// The lock of the journal at `path`, an absolute one.
  init(journal path: String, graceSeconds: Double = 30) {
    self.path = path + ".lock"
    target = path
    self.graceSeconds = graceSeconds
  }

  /// Waits until the lock is this process's.
  mutating func acquire() throws(StudyError) {
    var sleepMicroseconds: UInt32 = 200
    var seen: Mark?
    var seenAt = Self.seconds
    while symlink(target, path) != 0 {
      let code = errno
      guard code == EEXIST else {
        throw StudyError(
          "\(target): cannot be locked: \(String(cString: strerror(code)))",
          exitCode: code == EACCES || code == EROFS || code == EPERM ? 65 : 74)
      }
      let mark = Mark(path, target)
      if mark != seen {
        seen = mark
        seenAt = Self.seconds
      } else if let mark, Self.seconds - seenAt > graceSeconds {
        remove(mark)
        seen = nil
      }
      usleep(sleepMicroseconds)
      sleepMicroseconds = min(sleepMicroseconds * 2, 100_000)
    }
    identity = Mark(path, target)?.identity
  }

  /// Whether the lock is still this process's: a waiter may have taken it for a dead one's.
  var isHeld: Bool { identity != nil && Mark(path, target)?.identity == identity }

  /// Gives the lock back.
  mutating func release() {
    if isHeld { unlink(path) }
    identity = nil
  }

  /// Removes a dead process's link, under another name first so that only one waiter does.
  private func remove(_ mark: Mark) {
    let name = "\(path).\(getpid()).rename"
    guard Mark(path, target)?.identity == mark.identity, rename(path, name) == 0 else { return }
    unlink(name)
  }

  private static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// What changes when the lock or the journal changes.
  private struct Mark: Equatable {
    var identity: UInt
    var linkTime: [Int]
    var journalTime: [Int]

    init?(_ link: String, _ journal: String) {
      var status = stat()
      guard lstat(link, &status) == 0 else { return nil }
      identity = UInt(status.st_ino)
      linkTime = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
      guard stat(journal, &status) == 0 else {
        journalTime = []
        return
      }
      journalTime = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, Int(status.st_size)]
    }
  }
}
