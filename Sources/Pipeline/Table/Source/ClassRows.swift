import HDF5

/// A column of texts, or numbers, as class numbers.
final class ClassRows: NamedRows {
  private let reader: any CellReader
  private let classes: TextClasses
  private let cells: CellColumn
  let name: String

  /// The most rows that are read at a time.
  private static let blockRowCount = 4096

  /// Numbers the cells that `reader` reads.
  init(_ reader: any CellReader, _ classes: TextClasses, name: String) throws(PipelineError) {
    guard reader.column.kind.width ?? 1 == 1 else {
      throw PipelineError(
        "\(name) has \(reader.column.kind) in each row, and `index` takes one text or number")
    }
    (self.reader, self.classes, self.name) = (reader, classes, name)
    cells = CellColumn(reader.column.kind, rowCount: Self.blockRowCount)
  }

  var rowCount: Int { reader.rowCount }
  var rowShape: [Int] { [] }
  var columns: [String] { [] }
  var elementTypes: [ElementType] { [] }
  var isBytes: Bool { false }
  var chunkRowCount: Int? { reader.chunkRowCount }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    precondition(E.self == Float.self, "classes are read as floats")
    guard let start = buffer.baseAddress else { return }
    let output = UnsafeMutableRawPointer(start).bindMemory(to: Float.self, capacity: buffer.count)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(row + Self.blockRowCount, rows.upperBound)
      try reader.read(row..<end, into: cells)
      try classes.number(
        cells, rowCount: end - row, firstRow: row, of: name,
        into: output + (row - rows.lowerBound))
      row = end
    }
  }

  /// Reads cells of `rows` block by block, in order, and counts them, until there are more than `most` different ones.
  static func count(
    _ reader: any CellReader, rows: Range<Int>, into counts: inout TextCounts, atMost most: Int
  ) throws(PipelineError) {
    let cells = CellColumn(reader.column.kind, rowCount: blockRowCount)
    var row = rows.lowerBound
    while row < rows.upperBound, counts.count <= most {
      let end = min(row + blockRowCount, rows.upperBound)
      try reader.read(row..<end, into: cells)
      counts.count(cells, rowCount: end - row)
      row = end
    }
  }
}
