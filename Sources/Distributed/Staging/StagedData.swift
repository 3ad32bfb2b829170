private import Configuration
private import Glibc
private import NN
private import Pipeline

/// A job's data on a disk of this node, for as long as a training reads them.
///
/// The first rank of each node makes the copies that are not there yet, and shares a lock on each with other
/// jobs, and with other trainings of a search, that read it. Who is the last to read a copy removes it, unless
/// its job keeps it. Locks end with their process: a copy that a killed job leaves behind is the next one's.
final class StagedData {
  /// The job's data, with the copies in place of the files.
  let data: DataConfiguration
  /// What the first rank's node has copied, in one line.
  private(set) var note = ""
  private let keeps: Bool
  /// The copies that this rank has locked for its node, and their locks.
  private var held: [StagedFile] = []
  private var lock: FolderLock?

  /// How long an older copy of a file is waited for that others read.
  private static let olderSeconds = 5.0

  /// Copies the files to `stage` where they are not there.
  ///
  /// Collective over `ranks` and blocking; who waits gives signs of life. A rank that copies is waited for as
  /// long as it takes, another job that does for `patience` seconds in which its copy does not grow.
  /// - Throws: `PipelineError` and `DistributedError` for files that are not there (66), for a folder that
  ///   cannot be made, is too small, or is another one for other ranks of the node (74).
  init(
    _ data: DataConfiguration, _ stage: DataStage, patience: Double,
    on ranks: borrowing Communicator
  ) throws {
    let start = Clock.now
    var data = data
    // One rank speaks of what is missing.
    var found: [StagedFile]?
    if ranks.rank == 0 { found = try data.stage(in: stage.folder) }
    try ranks.barrier()
    let files = try found ?? data.stage(in: stage.folder)
    self.data = data
    keeps = stage.keeps
    let node = try NodeLayout.ranksOfNode(ranks)
    var copied = (count: 0, byteCount: 0)
    if node.rank == 0 {
      try Self.make(stage.folder)
      let lock = try FolderLock(stage.folder)
      self.lock = lock
      for (index, file) in files.enumerated() {
        let isNew = try Self.take(
          file, before: files[(index + 1)...], stage, lock, patience: patience, on: ranks)
        held.append(file)
        if isNew { copied = (copied.count + 1, copied.byteCount + file.byteCount) }
      }
    }
    try node.barrier()
    if let missing = files.first(where: { !$0.isThere }) {
      throw DistributedError(
        "data.stage: rank \(node.rank) of its node does not find \(missing.path), which the node's first "
          + "rank has copied: name a folder that all ranks of a node share",
        exitCode: ExitCode.inputOutput)
    }
    try node.free()
    let rest = files.count - copied.count
    note =
      "data.stage: copied \(copied.count) file(s), \(StepMemory.bytes(copied.byteCount)), to \(stage.folder) "
      + "in \(((Clock.now - start) * 10).rounded() / 10) s"
      + (rest > 0 ? "; \(rest) were there" : "")
  }

  /// Makes a copy where it is not there, and shares the lock on it; whether it was made.
  private static func take(
    _ file: StagedFile, before others: ArraySlice<StagedFile>, _ stage: DataStage,
    _ lock: FolderLock, patience: Double, on ranks: borrowing Communicator
  ) throws -> Bool {
    // What is waited for: the growth of a copy that another job makes; nil: the end of one that is read.
    var (mark, since): (Int?, Double) = (-1, Clock.now)
    while true {
      let isRead = try lock.take(.shared, of: file.number)
      if isRead {
        if file.isThere { return false }
        lock.give(file.number)
      }
      if try lock.take(.alone, of: file.number) {
        let isNew = !file.isThere
        if isNew {
          let copy = FileCopy(file, command: stage.command)
          copy.removeLeftovers()
          try checkSpace(for: [file] + others, in: stage.folder)
          try copy.run(on: ranks)
        }
        _ = try lock.take(.shared, of: file.number)
        return isNew
      }
      let (now, size) = (Clock.now, isRead ? nil : size(of: file.part))
      if size != mark { (mark, since) = (size, now) }
      guard now - since < (isRead ? olderSeconds : patience) else {
        throw DistributedError(
          isRead
            ? "data.stage: \(file.path) is a copy of an earlier \(file.source) that another job reads: wait "
              + "for its end, or name another folder"
            : "data.stage: another job copies \(file.source) to \(file.path), of which nothing has come for "
              + "\(Int(patience)) s: end it, or name another folder", exitCode: ExitCode.inputOutput
        )
      }
      ranks.sign?.works()
      try ranks.checkInterrupt()
      Clock.sleep(seconds: 0.02)
    }
  }

  /// Throws unless the folder has room for those of `files` that are not there.
  private static func checkSpace(
    for files: [StagedFile], in folder: String
  ) throws(DistributedError) {
    var disk = statvfs()
    // A file system that does not say is found out by writing.
    guard statvfs(folder, &disk) == 0 else { return }
    let (bytes, isMore) = UInt64(disk.f_bavail)
      .multipliedReportingOverflow(by: UInt64(disk.f_frsize))
    let free = isMore ? Int.max : Int(clamping: bytes)
    let needed = files.reduce(0) { $0 + ($1.isThere ? 0 : $1.byteCount) }
    guard needed > free else { return }
    throw DistributedError(
      "data.stage: \(StepMemory.bytes(needed)) are to be copied to \(folder), which has "
        + "\(StepMemory.bytes(free)) free: name a folder on a larger disk, or leave data.stage out",
      exitCode: ExitCode.inputOutput)
  }

  /// Makes a folder, and those that it is in.
  private static func make(_ folder: String) throws(DistributedError) {
    var path = folder.hasPrefix("/") ? "" : "."
    for part in folder.split(separator: "/") {
      path += "/\(part)"
      if mkdir(path, 0o777) == 0 || errno == EEXIST { continue }
      // A folder that may not be looked into may be there.
      if access(path, F_OK) == 0 { continue }
      throw DistributedError(
        "data.stage: the folder \(folder) cannot be made: \(String(cString: strerror(errno))): name "
          + "another one", exitCode: ExitCode.inputOutput)
    }
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      access(folder, W_OK | X_OK) == 0
    else {
      throw DistributedError(
        "data.stage: \(folder) is no folder in which you may write: name another one",
        exitCode: ExitCode.inputOutput)
    }
  }

  private static func size(of path: String) -> Int {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Removes the copies that nobody else reads, unless they are to stay.
  ///
  /// Not collective; for when all ranks of the node have read their last row. Once is enough.
  func release() {
    for file in held where !keeps {
      // Two that end at once would each see that the other one still reads.
      lock?.give(file.number)
      if (try? lock?.take(.alone, of: file.number)) == true { unlink(file.path) }
    }
    held = []
    lock = nil
  }

  deinit { release() }
}
