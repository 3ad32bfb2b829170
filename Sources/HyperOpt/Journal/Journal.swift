internal import Configuration

/// A study's journal: a file that grows by whole lines, or only memory.
///
/// Not `Sendable`: one thread owns it. Other processes, Optuna's too, may write the same file.
final class Journal {
  /// The file's path; nil in memory.
  var path: String? { file?.path }
  /// What all lines so far mean.
  private(set) var state = JournalState()
  /// How often the state was read anew after a failed write.
  private(set) var generation = 0
  /// Whether a transaction is open.
  private(set) var isOpen = false
  /// Who writes: a name that no other writer has.
  let worker: String

  private var file: JournalFile?
  private var pending = JSONWriter()
  private var memory: [UInt8] = []
  private var mustReload = false

  /// Opens a journal.
  ///
  /// - Parameters:
  ///   - path: The file; nil keeps all in memory.
  ///   - creates: Whether to make a file where none is.
  ///   - worker: The name of this writer.
  ///   - graceSeconds: After so long a lock that nobody releases is a dead process's.
  /// - Throws: `StudyError` for a file that cannot be read, or a damaged line.
  init(_ path: String?, creates: Bool, worker: String, graceSeconds: Double = 30)
    throws(StudyError)
  {
    self.worker = worker
    guard let path else { return }
    var file = JournalFile(path, graceSeconds: graceSeconds)
    if creates { try file.create() }
    try state.apply(lines: try file.readNew(), of: path)
    self.file = file
  }

  /// Reads what others have appended; changes no file.
  func refresh() throws(StudyError) {
    guard !isOpen, let path else { return }
    try reloadIfNeeded()
    let lines = try file?.readNew() ?? []
    try state.apply(lines: lines, of: path)
  }

  /// Locks the file and reads what others have appended.
  func begin() throws(StudyError) {
    guard !isOpen else { return }
    guard let path else {
      isOpen = true
      return
    }
    try reloadIfNeeded()
    let lines = try file?.begin() ?? []
    do throws(StudyError) { try state.apply(lines: lines, of: path) } catch {
      file?.end()
      mustReload = true
      throw error
    }
    isOpen = true
  }

  /// Applies an event at once; it is stored with the others of the transaction.
  func add(_ event: JournalEvent) {
    precondition(isOpen, "an event outside a transaction")
    event.write(to: &pending, worker: worker)
    state.apply(event, worker: worker)
  }

  /// Stores the transaction's events: one write, one sync, and the lock is given back.
  func commit() throws(StudyError) {
    guard isOpen else { return }
    isOpen = false
    let lines = pending.bytes
    pending = JSONWriter()
    guard file != nil else {
      memory += lines
      return
    }
    do throws(StudyError) { try file?.commit(lines) } catch {
      // What was applied was not stored: forget it, now or when the file can be read again.
      mustReload = true
      try? reloadIfNeeded()
      throw error
    }
  }

  /// All lines from the first one, for a replay; changes nothing.
  func allLines() throws(StudyError) -> [UInt8] {
    guard let path else { return memory + pending.bytes }
    var fresh = JournalFile(path)
    return try fresh.readNew()
  }

  private func reloadIfNeeded() throws(StudyError) {
    guard mustReload, let path else { return }
    file?.rewind()
    let lines = try file?.readNew() ?? []
    var fresh = JournalState()
    try fresh.apply(lines: lines, of: path)
    state = fresh
    generation += 1
    mustReload = false
  }
}
