private import Glibc

/// The file behind a journal: reads what is new, appends under the lock, syncs.
///
/// The file is opened for each transaction anew: network file systems promise a fresh view only
/// then. A line that has no end was never acknowledged; it is cut off under the lock.
struct JournalFile {
  /// The journal's path as the user gave it.
  let path: String
  /// Bytes that were read, all of them whole lines.
  private(set) var readByteCount = 0
  private let absolutePath: String
  private var lock: JournalLock
  private var identity: UInt?
  private var descriptor: Int32 = -1

  /// Names a file; it is neither opened nor made.
  init(_ path: String, graceSeconds: Double = 30) {
    self.path = path
    absolutePath = Self.absolute(path)
    lock = JournalLock(journal: absolutePath, graceSeconds: graceSeconds)
  }

  /// Whether the file is there.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// Makes an empty file unless one is there.
  func create() throws(StudyError) {
    guard !Self.exists(absolutePath) else { return }
    let made = open(absolutePath, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard made >= 0 else { throw cannot("be created") }
    close(made)
    let folder = open(Self.folder(of: absolutePath), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }

  /// The whole lines that were not read yet; without a lock and without a change to any file.
  mutating func readNew() throws(StudyError) -> [UInt8] {
    let file = open(absolutePath, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw cannot("be read") }
    defer { close(file) }
    return try newLines(file).lines
  }

  /// Locks the journal and gives the whole lines that were not read yet.
  ///
  /// A torn last line is cut off.
  mutating func begin() throws(StudyError) -> [UInt8] {
    try lock.acquire()
    do throws(StudyError) {
      descriptor = open(absolutePath, O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else { throw cannot("be written") }
      let (lines, hasTornLine) = try newLines(descriptor)
      if hasTornLine {
        guard ftruncate(descriptor, off_t(readByteCount)) == 0 else {
          throw cannot("be repaired (its last line is torn)")
        }
      }
      return lines
    } catch {
      end()
      throw error
    }
  }

  /// Appends whole lines and waits until they are on the disk; then the lock is given back.
  ///
  /// After an error the file is as it was.
  mutating func commit(_ lines: [UInt8]) throws(StudyError) {
    defer { end() }
    guard !lines.isEmpty else { return }
    guard lock.isHeld else {
      throw StudyError(
        "\(path): another process took the lock, because this one held it for too long: "
          + "what it did meanwhile is not stored",
        exitCode: 74)
    }
    var written = 0
    while written < lines.count {
      let count = lines[written...].withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, off_t(readByteCount + written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw undo() }
      written += count
    }
    guard fdatasync(descriptor) == 0 else { throw undo() }
    readByteCount += lines.count
  }

  /// Gives the lock back without writing.
  mutating func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    lock.release()
  }

  /// Forgets what was read: the next reading begins at the first line.
  mutating func rewind() { readByteCount = 0 }

  /// Takes away what a failed write left behind.
  private func undo() -> StudyError {
    let error = cannot("be written")
    ftruncate(descriptor, off_t(readByteCount))
    fdatasync(descriptor)
    return error
  }

  private mutating func newLines(
    _ file: Int32
  ) throws(StudyError) -> (lines: [UInt8], hasTornLine: Bool) {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw cannot("be read") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StudyError("\(path): this is no file, so no journal of a study")
    }
    guard readByteCount == 0 || identity == UInt(status.st_ino),
      Int(status.st_size) >= readByteCount
    else {
      throw StudyError(
        "\(path): the journal was replaced or shortened while this process used it: "
          + "start again to use the file that is there now",
        exitCode: 74)
    }
    identity = UInt(status.st_ino)
    let count = Int(status.st_size) - readByteCount
    guard count > 0 else { return ([], false) }
    var isFailed = false
    let offset = readByteCount
    var bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let piece = pread(
          file, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if piece < 0, errno == EINTR { continue }
        isFailed = piece < 0
        if piece <= 0 { break }
        filled += piece
      }
    }
    if isFailed { throw cannot("be read") }
    let whole = (bytes.lastIndex(of: 0x0a) ?? -1) + 1
    let hasTornLine = whole < bytes.count
    bytes.removeLast(bytes.count - whole)
    readByteCount += whole
    return (bytes, hasTornLine)
  }

  private func cannot(_ what: String) -> StudyError {
    let code = errno
    let advice =
      switch code {
      case ENOENT: "check the name and the folder"
      case EACCES, EROFS, EPERM: "choose a folder that you may write to"
      case ENOSPC, EDQUOT: "free some space and start the same command again"
      default: "nothing that was acknowledged is lost"
      }
    let exitCode: Int32 =
      switch code {
      case ENOENT, ENOTDIR: 66
      case EACCES, EROFS, EPERM, EISDIR: 65
      default: 74
      }
    return StudyError(
      "\(path): the journal cannot \(what): \(String(cString: strerror(code))); \(advice)",
      exitCode: exitCode)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  /// The path behind symbolic links; of a file that is not there, its folder's.
  private static func absolute(_ path: String) -> String {
    func real(_ path: String) -> String? {
      guard let text = realpath(path, nil) else { return nil }
      defer { free(text) }
      return String(cString: text)
    }
    if let path = real(path) { return path }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : "."
    return (real(folder) ?? folder) + "/" + (parts.last.map(String.init) ?? "")
  }
}
