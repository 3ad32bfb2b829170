/// The classes of all rows of a source on each of several processes, which read the targets together.
///
/// Blocks of rows are dealt to the processes in turns. Each process reads its own once and keeps their classes, and a
/// pass tells all of them those of one block of each process at a time: so nobody holds more of the others' rows than
/// that.
struct SharedTargets {
  /// The rows.
  let source: any RowSource
  /// How many there are.
  var rowCount: Int { source.layout.rowCount }
  /// What messages call the targets.
  var name: String { source.targetName }

  private let crew: any ImportCrew
  private let blockRowCount: Int
  /// The blocks that this process has read.
  private var own: [ClassCodes] = []

  /// Rows of a block, unless a chunk has more; and the most of these.
  private static let blockRows = 1 << 16
  private static let mostBlockRows = 1 << 20
  /// The rows of all processes that a pass tells at a time, where there are many processes; 2 bytes each at most.
  private static let mostRoundRows = 1 << 24

  /// Prepares to read the targets of `source` on the processes of `crew`.
  ///
  /// Collective over `crew`.
  /// - Throws: `PipelineError` where there is no target, and where another process has other rows.
  init(_ source: any RowSource, with crew: any ImportCrew) throws {
    (self.source, self.crew) = (source, crew)
    let layout = source.layout
    try crew.requireAlike(
      [
        ("rows", layout.rowCount), ("numbers in a row of targets", layout.targetCount),
        ("rows in a block", layout.blockRowCount), ("rows in a chunk", layout.chunkRowCount ?? 1),
      ], of: source.targetName)
    guard layout.targetCount > 0 else {
      throw PipelineError(
        "\(source.featureName) has no target, whose classes a stratified split would need: name one, or "
          + "leave stratify out")
    }
    // All take part, also where there are few rows, but no chunk is read by two.
    let most = min(Self.mostBlockRows, max(1024, Self.mostRoundRows / crew.size))
    let share = min(Self.blockRows, most, (layout.rowCount + crew.size - 1) / crew.size)
    let rows = max(1, layout.chunkRowCount ?? 1)
    let chunk = rows <= most ? rows : 1
    blockRowCount = max(1, share / chunk) * chunk
  }

  /// Calls `body` with each row of all, in order, and with its class.
  ///
  /// Collective over the crew and blocking; the first pass reads, those behind it do not.
  /// - Parameters:
  ///   - classes: the classes, to which new ones are added.
  ///   - body: gets the row and its class' number in `classes`; says the same on all processes.
  /// - Throws: on all processes what the first of those threw that could not read its rows: `PipelineError` for targets
  ///   that are not classes. And what `body` throws.
  mutating func forEach(
    _ classes: inout TargetClasses,
    _ body: (_ row: Int, _ index: Int) throws(PipelineError) -> Void
  ) throws {
    let stride = blockRowCount * crew.size
    for (turn, first) in Swift.stride(from: 0, to: rowCount, by: stride).enumerated() {
      let start = min(first + crew.rank * blockRowCount, rowCount)
      let messages = try crew.share { message in
        if turn == own.count {
          own.append(
            try TargetClasses.codes(
              of: source, rows: start..<min(start + blockRowCount, rowCount)))
        }
        own[turn].write(to: &message)
      }
      var row = first
      for var message in messages {
        let codes = ClassCodes(from: &message)
        // A block's classes are numbered by their first rows there, and so in the order of those of all.
        var indices: [Int] = []
        for label in codes.labels { indices.append(try classes.index(of: label, name)) }
        try codes.forEach { (number) throws(PipelineError) in
          try body(row, indices[number])
          row += 1
        }
      }
      crew.goesOn()
    }
  }
}
