import HDF5

/// The columns of a table in one file, by name: a group of data sets, or a compound data set.
///
/// As rows of features they are what fitted stages make of them.
final class TableRows: NamedRows {
  /// File and table.
  let name: String
  /// The columns, in the table's order, or as they were asked for.
  let schema: Schema
  private let readers: [any CellReader]
  private let transform: TableTransform?
  let rowShape: [Int]
  /// The same before and behind the fit, so that the rows are dealt and held out alike: a chunk, or what is read
  /// well together.
  let chunkRowCount: Int?

  /// Puts columns together; `transform` makes rows of them.
  ///
  /// With `grid` the columns are only some of those that stages were fitted to: these, and what reads the first
  /// of them, where it is still there.
  /// - Throws: `PipelineError` for columns of different lengths, naming two of them.
  init(
    _ readers: [any CellReader], name: String, transform: TableTransform?,
    grid: (schema: Schema, first: (any CellReader)?)? = nil
  ) throws(PipelineError) {
    self.name = name
    self.readers = readers
    self.transform = transform
    schema = try Schema(readers.map(\.column), of: name)
    guard let first = readers.first else {
      throw PipelineError("\(name) has no columns that can be read: name another table")
    }
    for reader in readers where reader.rowCount != first.rowCount {
      throw PipelineError(
        "\(name): '\(first.column.name)' has \(first.rowCount) rows, but '\(reader.column.name)' has "
          + "\(reader.rowCount): the columns of a table have as many")
    }
    rowShape = [transform?.width ?? readers.count]
    // A text counts as 16 bytes.
    let byteCount = (grid?.schema ?? schema).columns.reduce(0) { $0 + 4 * ($1.kind.width ?? 4) }
    chunkRowCount = (grid?.first ?? first).chunkRowCount ?? max(1, (256 << 10) / byteCount)
  }

  var rowCount: Int { readers[0].rowCount }
  /// Compared between files: the types of numbers may differ, names and kinds may not.
  var columns: [String] { schema.columns.map(\.description) }
  var elementTypes: [ElementType] { [] }
  var isBytes: Bool { false }

  /// The most rows of columns that are read at a time: a call takes as long as some thousand short cells.
  var blockRowCount: Int {
    readers.allSatisfy { ($0.cellByteCount ?? .max) <= 64 } ? 16_384 : 4096
  }

  /// The columns one by one, where they are data sets of numbers; nil for records and where some hold texts.
  var numbers: [any NamedRows]? {
    var found: [any NamedRows] = []
    for reader in readers {
      guard let cells = reader as? NumberCells, cells.rows is NumberRows else { return nil }
      found.append(cells.rows)
    }
    return found
  }

  /// Reads cells of some columns, by their places in the schema.
  func read(
    _ rows: Range<Int>, into columns: [(index: Int, column: CellColumn)]
  ) throws(PipelineError) {
    for (index, column) in columns { try readers[index].read(rows, into: column) }
  }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    precondition(E.self == Float.self, "columns are read as floats")
    guard let transform else {
      preconditionFailure("\(name): rows of stages that are not fitted")
    }
    guard let start = buffer.baseAddress else { return }
    let output = UnsafeMutableRawPointer(start).bindMemory(to: Float.self, capacity: buffer.count)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(row + transform.rowCount, rows.upperBound)
      for (reader, column) in zip(readers, transform.inputs) {
        try reader.read(row..<end, into: column)
      }
      do throws(PipelineError) {
        try transform.transform(
          end - row, firstRow: row, into: output + (row - rows.lowerBound) * transform.width)
      } catch {
        throw PipelineError("\(name): \(error.description)", exitCode: error.exitCode)
      }
      row = end
    }
  }
}
