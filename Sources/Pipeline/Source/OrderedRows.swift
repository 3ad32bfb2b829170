import HDF5

/// Rows of numbers with names, of which some are taken in an order of their own.
final class OrderedRows: NamedRows {
  private let rows: any NamedRows
  /// Where the numbers stand in a row of the file.
  private let places: [Int]
  let columns: [String]

  /// Takes `columns`, each of which is a number of `rows`, whose names differ.
  init(_ rows: any NamedRows, _ columns: [String]) {
    precondition(rows.columns.count == rows.rowShape.elementCount, "\(rows.name): names")
    let places = Dictionary(uniqueKeysWithValues: rows.columns.enumerated().map { ($1, $0) })
    self.rows = rows
    self.columns = columns
    self.places = columns.map { name in
      guard let place = places[name] else { preconditionFailure("\(rows.name): '\(name)'") }
      return place
    }
  }

  var name: String { rows.name }
  var rowCount: Int { rows.rowCount }
  var rowShape: [Int] { [places.count] }
  var elementTypes: [ElementType] { rows.elementTypes }
  var isBytes: Bool { rows.isBytes }
  var chunkRowCount: Int? { rows.chunkRowCount }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    guard let base = buffer.baseAddress, !rows.isEmpty else { return }
    let width = self.rows.rowShape.elementCount
    try forEachBlock(of: rows, width: width, chunk: chunkRowCount ?? 1) {
      (part, block: UnsafeMutableBufferPointer<E>) throws(PipelineError) in
      try self.rows.read(part, into: block)
      guard let source = block.baseAddress else { return }
      for row in part {
        let from = source + (row - part.lowerBound) * width
        let to = base + (row - rows.lowerBound) * places.count
        for (index, place) in places.enumerated() { to[index] = from[place] }
      }
    }
  }
}
