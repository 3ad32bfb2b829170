/// Some rows of a CSV file on their way into data sets.
protocol CSVBlock: AnyObject {
  /// Where the features of a row go; nil where fields are taken one by one.
  func features(at index: Int) -> UnsafeMutablePointer<Float>?
  /// Takes the current row over, its features aside; false where it is not what it was before.
  func take(_ rows: borrowing CSVRows, at index: Int) -> Bool
  /// Appends the first rows to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage) throws(PipelineError)
}

/// The rows of a CSV file in blocks, which the processes of an import read in turns, so that process 0
/// can write them in order and nobody holds more than one of them.
struct CSVTurns {
  let survey: CSVSurvey
  /// The rows of a block.
  let blockRows: Int
  let crew: any ImportCrew
  let report: ImportReport

  private var readerCount: Int { survey.isShared ? crew.size : 1 }

  /// Process 0: reads its own blocks into `block` and has them written by `write`, and those of the
  /// others, as they come, by `writeMessage`.
  func write<Block: CSVBlock>(
    _ block: Block, own write: (Range<Int>) throws -> Void,
    others writeMessage: (Range<Int>, inout ImportMessage.Reader) throws -> Void
  ) throws {
    var cursor = try CSVCursor(survey)
    var message: [UInt8] = []
    var rank = 0
    for start in stride(from: 0, to: survey.rowCount, by: blockRows) {
      let rows = start..<min(start + blockRows, survey.rowCount)
      if rank == 0 {
        try cursor.read(rows, into: block)
        try write(rows)
      } else {
        try crew.receive(&message, from: rank)
        var reader = try ImportMessage.Reader(message)
        try writeMessage(rows, &reader)
      }
      rank = (rank + 1) % readerCount
      try report.advance(survey.path, rows.upperBound, of: survey.rowCount)
    }
  }

  /// Another process: reads its blocks into `block` and sends them.
  func assist<Block: CSVBlock>(_ block: () -> Block) throws {
    let first = crew.rank * blockRows
    guard crew.rank < readerCount, first < survey.rowCount else { return }
    let block = block()
    var cursor = try CSVCursor(survey, at: first)
    var message = ImportMessage()
    for start in stride(from: first, to: survey.rowCount, by: blockRows * readerCount) {
      let rows = start..<min(start + blockRows, survey.rowCount)
      message.restart()
      try cursor.read(rows, into: block)
      try block.pack(rows.count, into: &message)
      try crew.send(message.bytes)
      try report.advance(survey.path, rows.upperBound, of: survey.rowCount)
    }
  }
}
