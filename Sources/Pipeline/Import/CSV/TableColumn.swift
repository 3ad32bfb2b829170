import HDF5

/// One column of a table on its way into its data set: some rows of it.
final class TableColumn {
  /// What the column holds.
  let type: ElementType
  /// The bytes of a text in the file; nil where each has its own length, and for numbers.
  let textByteCount: Int?
  /// How rows go from the process that has read them to the one that writes.
  let packing: ChunkPacking
  /// Numbers, and texts of one length.
  private let block: RowBlock
  /// Texts of their own length, each with a NUL behind it, and where each begins.
  private var texts: [UInt8] = []
  private var starts: [Int] = []

  /// Texts are padded to the longest up to this size of the column, or where that costs little.
  private static let harmlessByteCount = 16 << 20
  private static let largestPadding = 4

  /// Makes room for a block of rows: one chunk.
  init(_ column: CSVColumn, rowCount: Int, _ packing: ChunkPacking) {
    type = column.elementType
    textByteCount = type == .string ? Self.textByteCount(column, rowCount) : nil
    let rowByteCount = type == .string ? textByteCount ?? 0 : 8
    self.packing = packing
    block = RowBlock(rowCount: packing.chunkRows, rowByteCount: rowByteCount, packing)
  }

  /// Whether each text has its own length.
  var hasVariableTexts: Bool { type == .string && textByteCount == nil }

  /// The bytes of one text in the file; nil where each has its own length.
  private static func textByteCount(_ column: CSVColumn, _ rowCount: Int) -> Int? {
    let (padded, overflow) = column.longestByteCount.multipliedReportingOverflow(by: rowCount)
    let isCheap =
      !overflow
      && (padded <= harmlessByteCount || padded / largestPadding <= column.textByteCount)
    return isCheap ? column.longestByteCount : nil
  }

  /// What a row of such a column takes in memory.
  static func rowByteCount(_ column: CSVColumn) -> Int {
    column.elementType == .string ? column.longestByteCount : 8
  }

  /// Where the cells of a block go.
  enum Place {
    case wholes(UnsafeMutablePointer<Int>)
    case numbers(UnsafeMutablePointer<Double>)
    /// To the column.
    case texts

    /// Takes the number, or NaN, of row `index` of the block; false where the field is not what it was before.
    @inline(__always)
    func take(_ field: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
      let number = Decimal(field)
      switch self {
      case .wholes(let start):
        guard case .whole(let value)? = number else { return false }
        start[index] = value
      case .numbers(let start):
        guard number != nil || CSVCell.standsForNothing(field) else { return false }
        start[index] = number?.value ?? .nan
      case .texts: preconditionFailure("a column takes texts itself")
      }
      return true
    }
  }

  /// Where the cells go, as long as the column is there.
  var place: Place {
    switch type {
    case .int64: .wholes(block.start.assumingMemoryBound(to: Int.self))
    case .float64: .numbers(block.start.assumingMemoryBound(to: Double.self))
    default: .texts
    }
  }

  /// Takes the text of row `index` of the block; false where it is not what it was before.
  func take(_ field: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    let isMissing = CSVCell.standsForNothing(field)
    let byteCount = isMissing ? 0 : CSVText.byteCount(field)
    guard let textByteCount else {
      if index == 0 {
        texts.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
      }
      starts.append(texts.count)
      let start = texts.count
      texts.append(contentsOf: repeatElement(0, count: byteCount + 1))
      guard !isMissing else { return true }
      texts.withUnsafeMutableBufferPointer { bytes in
        if let base = bytes.baseAddress { CSVText.write(field, to: base + start) }
      }
      return true
    }
    guard byteCount <= textByteCount else { return false }
    let place = (block.start + index * textByteCount).assumingMemoryBound(to: UInt8.self)
    if !isMissing { CSVText.write(field, to: place) }
    (place + byteCount).update(repeating: 0, count: textByteCount - byteCount)
    return true
  }

  /// Appends the first rows to a message.
  func pack(_ rowCount: Int, into message: inout ImportMessage) {
    guard hasVariableTexts else { return block.pack(rowCount, into: &message) }
    starts.withUnsafeBytes { message.append($0) }
    texts.withUnsafeBytes { message.append($0) }
  }

  /// Writes the rows that were taken.
  func write(rows: Range<Int>, to dataset: borrowing Dataset) throws {
    if hasVariableTexts {
      try texts.withUnsafeBufferPointer {
        try dataset.writeTexts(rows: rows, $0, startingAt: starts)
      }
    } else {
      try block.write(rows: rows, to: dataset)
    }
  }

  /// Writes the rows that another process has packed.
  func write(
    rows: Range<Int>, from message: inout ImportMessage.Reader, to dataset: borrowing Dataset
  ) throws {
    if hasVariableTexts {
      let starts = message.some { Array($0.bindMemory(to: Int.self)) }
      try message.some {
        try dataset.writeTexts(rows: rows, $0.bindMemory(to: UInt8.self), startingAt: starts)
      }
    } else {
      try packing.write(rows: rows, of: &message, to: dataset)
    }
  }
}

/// The data set of a table's column.
final class TableColumnWriter {
  /// The data set.
  let dataset: Dataset
  private let column: TableColumn

  /// Creates the data set `name` in `group`.
  init(
    _ name: String, _ column: TableColumn, rowCount: Int, gzip: Int?, in group: borrowing Group
  ) throws {
    self.column = column
    let chunkRows = column.packing.chunkRows
    if column.type == .string {
      dataset = try group.createTextDataset(
        name, rowCount: rowCount, byteCount: column.textByteCount, chunkRows: chunkRows,
        gzip: gzip)
    } else {
      dataset = try group.createDataset(
        name, shape: [rowCount], type: column.type, chunks: [chunkRows], gzip: gzip)
    }
  }

  /// Writes the rows that the column has.
  func write(rows: Range<Int>) throws { try column.write(rows: rows, to: dataset) }

  /// Writes the rows that another process has packed.
  func write(rows: Range<Int>, from message: inout ImportMessage.Reader) throws {
    try column.write(rows: rows, from: &message, to: dataset)
  }
}
