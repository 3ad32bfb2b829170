/// Some rows of a CSV file on their way into data sets.
protocol CSVBlock: AnyObject {
  /// Where the features of a row go; nil where fields are taken one by one.
  func features(at index: Int) -> UnsafeMutablePointer<Float>?
  /// Takes the current row over, its features aside; false where it is not what it was before.
  func take(_ rows: borrowing CSVRows, at index: Int) -> Bool
  /// Appends the first rows to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage)
}

extension RowTurns {
  /// Process 0: reads its own blocks into `block` and has them written by `write`, and those of the
  /// others, as they come, by `writeMessage`.
  func write<Block: CSVBlock>(
    _ survey: CSVSurvey, _ block: Block, own write: (Range<Int>) throws -> Void,
    others writeMessage: (Range<Int>, inout ImportMessage.Reader) throws -> Void
  ) throws {
    var cursor = try CSVCursor(survey)
    try self.write { rows in
      try cursor.read(rows, into: block)
    } own: { rows in
      try write(rows)
    } others: { rows, message in
      try writeMessage(rows, &message)
    }
  }

  /// Another process: reads its blocks into `block` and sends them.
  func assist<Block: CSVBlock>(_ survey: CSVSurvey, _ block: () -> Block) throws {
    guard let firstRow else { return }
    let block = block()
    var cursor = try CSVCursor(survey, at: firstRow)
    try assist { rows in
      try cursor.read(rows, into: block)
    } pack: { count, message in
      block.pack(count, into: &message)
    }
  }
}
