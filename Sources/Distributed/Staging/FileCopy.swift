private import Configuration
private import Glibc
private import NN

/// Makes the copy of a data file on this node, under another name until it is whole.
struct FileCopy {
  /// Bytes that are read at once.
  private static let blockByteCount = 4 << 20

  private let file: StagedFile
  private let command: String?

  /// Prepares a copy by `command`, a line for the shell; nil: by this process.
  init(_ file: StagedFile, command: String?) {
    self.file = file
    self.command = command
  }

  /// Removes what a process has left behind that was killed while it copied.
  func removeLeftovers() { unlink(file.part) }

  /// Copies, where nothing is left over; gives signs of life to those who wait for this rank of `ranks`.
  ///
  /// Not collective. Leaves nothing behind when it fails.
  /// - Throws: `DistributedError` (74) for a full disk, a file that cannot be read, or changes meanwhile, and a
  ///   command that fails; 75 when the job is asked to stop.
  func run(on ranks: borrowing Communicator) throws {
    do {
      if let command { try run(command, ranks) } else { try copy(ranks) }
      guard file.isUnchanged else {
        throw failure(
          "\(file.source) has changed while it was copied: start again when it is written")
      }
      let times = [file.modified, file.modified]
      guard utimensat(AT_FDCWD, file.part, times, AT_SYMLINK_NOFOLLOW) == 0,
        rename(file.part, file.path) == 0
      else {
        throw failure("\(file.path) cannot be made: \(Self.reason())")
      }
      guard file.isThere else {
        throw failure(
          "\(file.path) does not keep the time at which \(file.source) was written: name a folder on "
            + "another file system")
      }
    } catch {
      removeLeftovers()
      throw error
    }
  }

  private func copy(_ ranks: borrowing Communicator) throws {
    let input = open(file.source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw failure("\(file.source) cannot be read: \(Self.reason())") }
    defer { close(input) }
    let output = open(file.part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw failure("\(file.part) cannot be made: \(Self.reason())") }
    var isOpen = true
    defer { if isOpen { close(output) } }
    let block = UnsafeMutableRawPointer.allocate(byteCount: Self.blockByteCount, alignment: 4096)
    defer { block.deallocate() }
    var left = file.byteCount
    while left > 0 {
      try pass(ranks)
      let count = read(input, block, min(left, Self.blockByteCount))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw failure(
          count == 0
            ? "\(file.source) has become shorter while it was copied: start again when it is written"
            : "\(file.source) cannot be read: \(Self.reason())")
      }
      var written = 0
      while written < count {
        let more = write(output, block + written, count - written)
        if more < 0, errno == EINTR { continue }
        guard more >= 0 else { throw unwritten() }
        written += more
      }
      left -= count
    }
    // Some file systems only say here that there was no room.
    isOpen = false
    guard close(output) == 0 else { throw unwritten() }
  }

  private func run(_ command: String, _ ranks: borrowing Communicator) throws {
    let line = command.split(separator: "{source}", omittingEmptySubsequences: false)
      .map { $0.replacing("{target}", with: Self.quoted(file.part)) }
      .joined(separator: Self.quoted(file.source))
    // What it prints is not this program's output.
    let child = try ChildProcess(
      ["/bin/sh", "-c", line], standardOutput: STDERR_FILENO, standardError: STDERR_FILENO)
    var end = child.poll()
    while end == nil {
      do { try pass(ranks) } catch {
        child.send(SIGKILL, toGroup: true)
        _ = child.wait()
        throw error
      }
      Clock.sleep(seconds: 0.01)
      end = child.poll()
    }
    guard end == .exited(0) else {
      let words =
        switch end {
        case .exited(let code): "ended with exit code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case nil: "did not end"
        }
      throw failure("data.stage.command: `\(line)` \(words): mend it, or leave it out")
    }
    var status = stat()
    guard lstat(file.part, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int(status.st_size) == file.byteCount
    else {
      throw failure(
        "data.stage.command: `\(line)` ended well, but \(file.part) is not there with the "
          + "\(file.byteCount) bytes of \(file.source): it must copy the file to {target}")
    }
  }

  /// Between two pieces of work: tells that this rank is there, and looks whether it should go on.
  private func pass(_ ranks: borrowing Communicator) throws {
    ranks.sign?.works()
    try ranks.checkInterrupt()
    guard !StopSignal.arrived else {
      throw DistributedError(
        "stopped while data files were copied (data.stage), before anything was trained: the same command "
          + "begins again", exitCode: ExitCode.stoppedEarly)
    }
  }

  private func unwritten() -> DistributedError {
    failure(
      "\(file.part) cannot be written: \(Self.reason()): name another data.stage.folder, or leave "
        + "data.stage out")
  }

  private func failure(_ text: String) -> DistributedError {
    DistributedError(
      text.hasPrefix("data.stage") ? text : "data.stage: \(text)", exitCode: ExitCode.inputOutput)
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  /// A name as one word of the shell.
  private static func quoted(_ name: String) -> String {
    "'\(name.replacing("'", with: "'\\''"))'"
  }
}
