import HDF5

/// Rows of numbers with names, of which some are taken in an order of their own.
final class OrderedRows: NamedRows {
  /// The most bytes of the file's rows that are in memory beside those that are made, unless a chunk has more.
  private static let blockByteCount = 16 << 20

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
    // Where chunks end, so that none is unpacked twice.
    let chunk = max(1, chunkRowCount ?? 1)
    let fitting = Self.blockByteCount / (MemoryLayout<E>.stride * width)
    let most = max(1, fitting / chunk) * chunk
    let block = UnsafeMutableBufferPointer<E>.allocate(capacity: min(rows.count, most) * width)
    defer { block.deallocate() }
    guard let source = block.baseAddress else { return }
    var first = rows.lowerBound
    while first < rows.upperBound {
      let end = min((first / most + 1) * most, rows.upperBound)
      try self.rows.read(
        first..<end, into: UnsafeMutableBufferPointer(start: source, count: (end - first) * width))
      for row in first..<end {
        let from = source + (row - first) * width
        let to = base + (row - rows.lowerBound) * places.count
        for (index, place) in places.enumerated() { to[index] = from[place] }
      }
      first = end
    }
  }
}
