import HDF5

/// The rows of a LIBSVM file that can be used, one after the other.
struct LIBSVMRows: ~Copyable {
  /// The current row.
  private(set) var row = LIBSVMRow()
  /// The rows that were passed over.
  private(set) var bad = BadRows()
  private var lines: TextLines
  private let policy: BadRowPolicy

  /// Reads `source`, which is at its beginning.
  init(_ source: ByteSource, _ policy: BadRowPolicy) {
    lines = TextLines(source)
    self.policy = policy
  }

  /// Reads the rows of a plain file that begin from `place` on, and before byte `end`.
  init(_ file: FileRegion, from place: RowPlace, to end: Int = .max, _ policy: BadRowPolicy) {
    lines = TextLines(file, from: place, to: end)
    self.policy = policy
  }

  /// Where the next row begins, if there is one; `row` rows stand before it.
  func place(row: Int) -> RowPlace { lines.place(row: row) }

  /// Goes to the next row that can be used; false at the end.
  mutating func next() throws(PipelineError) -> Bool {
    while try lines.next() {
      switch row.read(lines.line) {
      case .blank: continue
      case .row: return true
      case .bad(let problem):
        guard policy == .skip else { throw lines.error(problem) }
        bad.add(line: lines.lineNumber, problem)
      }
    }
    return false
  }
}
