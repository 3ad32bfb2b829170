internal import Configuration
private import FoundationEssentials
private import Glibc
internal import HDF5

/// The checkpoints of a job: the newest one, and those before it under numbered names.
///
/// `m.checkpoint.h5` is the newest, `m.checkpoint.1.h5` the one before. A new one is written beside,
/// sealed, and put in the newest one's place, which has got its second name before: whenever the
/// process ends, one that is whole stands there.
package struct CheckpointFiles {
  /// As many as can be kept, so that all can be found.
  static let mostKept = 100

  private let newest: String
  private let keptCount: Int

  /// The files that `output` names.
  package init(_ output: OutputConfiguration) {
    newest = Self.target(of: output.checkpoint)
    keptCount = output.checkpointCount
  }

  /// The checkpoint so many before the newest one.
  func path(_ age: Int) -> String {
    guard age > 0 else { return newest }
    return newest.hasSuffix(".h5") ? "\(newest.dropLast(3)).\(age).h5" : "\(newest).\(age)"
  }

  /// How old the checkpoints are that are there, the newest first.
  var ages: [Int] { (0..<Self.mostKept).filter { access(path($0), F_OK) == 0 } }

  /// Lets `body` write a checkpoint under a temporary name, seals it, and makes it the newest one.
  ///
  /// Without `keepsEarlier` those that are there are another run's: it replaces all of them.
  /// - Throws: What `body` throws; `HDF5Error` and `DistributedError` (exit code 74).
  func add(keepsEarlier: Bool, _ body: (_ temporary: String) throws -> Void) throws {
    do {
      try AtomicFile.replace(newest) { temporary in
        try body(temporary)
        try FileSeal.append(to: temporary, named: newest)
        if keepsEarlier { try shift() }
      }
    } catch var error as HDF5Error where error.path.hasPrefix("\(newest).tmp.") {
      error.path = newest
      throw error
    }
    if !keepsEarlier { removeAll(from: 1) }
  }

  /// Makes every checkpoint one older; the newest keeps its name besides.
  private func shift() throws(DistributedError) {
    for age in stride(from: keptCount - 1, to: 1, by: -1) where access(path(age - 1), F_OK) == 0 {
      try Self.rename(path(age - 1), path(age))
    }
    guard keptCount > 1, access(newest, F_OK) == 0 else { return }
    let second = "\(newest).tmp.\(getpid()).second"
    unlink(second)
    guard link(newest, second) == 0 else {
      // A file system without links: for a moment the newest one has its later name only.
      return try Self.rename(newest, path(1))
    }
    // Two names of one file stay both where one is renamed to the other.
    defer { unlink(second) }
    try Self.rename(second, path(1))
  }

  /// Removes all that are so old or older.
  package func removeAll(from first: Int = 0) {
    for age in ages where age >= first { unlink(path(age)) }
  }

  /// What there is to resume from.
  struct Found {
    /// How old the newest good one is.
    let age: Int
    /// Those that are newer, and what is wrong with each.
    let damaged: [(path: String, reason: String)]
  }

  /// The newest good checkpoint; nil when there is none at all.
  ///
  /// - Throws: `DistributedError` when all are damaged, or when one of the names is another file's.
  func newestGood() throws -> Found? {
    var damaged: [(path: String, reason: String)] = []
    var good: Int?
    for age in ages {
      if good != nil {
        try Checkpoint.requireOne(path(age), orDamaged: true)
      } else if let reason = try Checkpoint.damage(in: path(age)) {
        damaged.append((path(age), reason))
      } else {
        good = age
      }
    }
    if let good { return Found(age: good, damaged: damaged) }
    guard let first = damaged.first else { return nil }
    let others = damaged.dropFirst().map(\.path).joined(separator: ", ")
    throw DistributedError(
      "the checkpoint \(first.path) is damaged (\(first.reason))"
        + (others.isEmpty ? "" : ", and so is every one before it (\(others))")
        + ": bring back a good copy, or remove \(others.isEmpty ? "it" : "them") to train anew")
  }

  /// The whole epochs of the run whose checkpoints these are; nil: there is none that can be read.
  var history: [EpochRecord]? {
    guard let found = try? newestGood() else { return nil }
    return try? TrainingRecord.readHistory(from: try Checkpoint.open(path(found.age)))
  }

  /// One line for each damaged checkpoint that is passed over.
  func notes(on found: Found) -> [String] {
    found.damaged.map {
      "the checkpoint \($0.path) is damaged (\($0.reason)): \(path(found.age)), an earlier one, "
        + "takes its place"
    }
  }

  /// Puts a good checkpoint in the place of the damaged ones that are newer, and removes those that are
  /// more than are to be kept.
  func promote(_ found: Found) throws {
    if found.age > 0 {
      try Self.rename(path(found.age), newest)
      for age in 1..<found.age { unlink(path(age)) }
    }
    removeAll(from: keptCount)
  }

  /// Removes what a process that was killed had begun to write to one of `paths`.
  ///
  /// Such a name ends with the number of the process, which must not run here.
  static func removeLeftovers(of paths: [String]) {
    let targets = paths.map { FilePath(target(of: $0)) }
    for folder in Set(targets.map(\.folder)) {
      let starts = targets.filter { $0.folder == folder }.map { $0.name + ".tmp." }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names {
        guard let start = starts.first(where: { name.hasPrefix($0) }) else { continue }
        let digits = name.dropFirst(start.count).prefix { $0.isNumber }
        guard let id = Int32(digits), id > 0, kill(id, 0) != 0, errno == ESRCH else { continue }
        unlink("\(folder)/\(name)")
      }
    }
  }

  /// A path in its two parts.
  private struct FilePath {
    let folder: String
    let name: String

    init(_ path: String) {
      let slash = path.lastIndex(of: "/")
      folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    }
  }

  /// The file behind a symbolic link, and any other name as it is.
  private static func target(of path: String) -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
      let real = realpath(path, nil)
    else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func rename(_ old: String, _ new: String) throws(DistributedError) {
    guard Glibc.rename(old, new) != 0 else { return }
    throw DistributedError(
      "the checkpoint \(old) cannot be renamed to \(new): \(String(cString: strerror(errno)))",
      exitCode: ExitCode.inputOutput)
  }
}
