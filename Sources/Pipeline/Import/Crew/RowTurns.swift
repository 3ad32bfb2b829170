/// The rows of a file in blocks, which the processes of an import read in turns, so that process 0 can
/// write them in order and nobody holds more than one of them.
struct RowTurns {
  /// The file.
  let path: String
  let rowCount: Int
  /// The rows of a block.
  let blockRows: Int
  /// Whether all processes read, or process 0 alone.
  let isShared: Bool
  let crew: any ImportCrew
  let report: ImportReport

  private var readerCount: Int { isShared ? crew.size : 1 }

  /// The first row of this process' first block; nil where it has none.
  var firstRow: Int? {
    let row = crew.rank * blockRows
    return crew.rank < readerCount && row < rowCount ? row : nil
  }

  /// Process 0: calls `read` and then `write` for its own blocks, and `writeMessage` for those of the
  /// others, as they come.
  func write(
    read: (Range<Int>) throws -> Void, own write: (Range<Int>) throws -> Void,
    others writeMessage: (Range<Int>, inout ImportMessage.Reader) throws -> Void
  ) throws {
    var message: [UInt8] = []
    var rank = 0
    for start in stride(from: 0, to: rowCount, by: blockRows) {
      let rows = start..<min(start + blockRows, rowCount)
      if rank == 0 {
        try read(rows)
        try write(rows)
      } else {
        try crew.receive(&message, from: rank)
        var reader = try ImportMessage.Reader(message)
        try writeMessage(rows, &reader)
      }
      rank = (rank + 1) % readerCount
      try report.advance(path, rows.upperBound, of: rowCount)
    }
  }

  /// Another process: calls `read` for each of its blocks, and `pack` with the count of its rows for
  /// what is sent of it.
  func assist(
    read: (Range<Int>) throws -> Void, pack: (Int, inout ImportMessage) throws -> Void
  ) throws {
    guard let firstRow else { return }
    var message = ImportMessage()
    for start in stride(from: firstRow, to: rowCount, by: blockRows * readerCount) {
      let rows = start..<min(start + blockRows, rowCount)
      message.restart()
      try read(rows)
      try pack(rows.count, &message)
      try crew.send(message.bytes)
      try report.advance(path, rows.upperBound, of: rowCount)
    }
  }
}

extension RowTurns {
  /// The blocks of `blockRows` rows of a file that has been looked through.
  init(_ survey: some RowSurvey, blockRows: Int, crew: any ImportCrew, _ report: ImportReport) {
    self.init(
      path: survey.path, rowCount: survey.rowCount, blockRows: blockRows,
      isShared: survey.isShared, crew: crew, report: report)
  }
}
