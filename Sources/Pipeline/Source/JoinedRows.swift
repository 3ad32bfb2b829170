import HDF5

/// Several data sets, or columns, whose rows stand one after the other in a row.
final class JoinedRows: NamedRows {
  let parts: [any NamedRows]
  let name: String
  let rowShape: [Int]
  let columns: [String]

  /// Joins `parts`; without a name of their own they are named one by one.
  ///
  /// - Throws: `PipelineError` for parts of different lengths, naming two of them.
  init(
    _ parts: [any NamedRows], name: String? = nil, columns: [String] = []
  ) throws(PipelineError) {
    self.parts = parts
    self.name = name ?? parts.map(\.name).joined(separator: ", ")
    self.columns = columns
    for part in parts where part.rowCount != parts[0].rowCount {
      throw PipelineError(
        "\(parts[0].name) has \(parts[0].rowCount) rows, but \(part.name) has \(part.rowCount): name "
          + "data sets that belong together")
    }
    var width = 0
    for part in parts {
      width += part.rowShape.elementCount
      guard width <= Int(Int32.max) else {
        throw PipelineError(
          "\(self.name): together they have more numbers in a row than fit into memory")
      }
    }
    rowShape = [width]
  }

  var rowCount: Int { parts[0].rowCount }
  var elementTypes: [ElementType] { parts.flatMap(\.elementTypes) }
  var isBytes: Bool { parts.allSatisfy(\.isBytes) }
  var chunkRowCount: Int? { parts[0].chunkRowCount }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    guard let base = buffer.baseAddress, !rows.isEmpty else { return }
    let width = rowShape.elementCount
    let widest = parts.reduce(0) { max($0, $1.rowShape.elementCount) }
    let chunk = parts.reduce(1) { max($0, $1.chunkRowCount ?? 1) }
    // A long chunk of a narrow part is no reason to hold as many rows of a wide one.
    try forEachBlock(of: rows, width: widest, chunk: chunk, parts: true) {
      (part, block: UnsafeMutableBufferPointer<E>) throws(PipelineError) in
      try join(part, into: base + (part.lowerBound - rows.lowerBound) * width, by: block)
    }
  }

  /// Reads rows part by part, each into `block` first.
  private func join<E: Element>(
    _ rows: Range<Int>, into base: UnsafeMutablePointer<E>,
    by block: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    let width = rowShape.elementCount
    var start = 0
    for part in parts {
      let count = part.rowShape.elementCount
      let values = UnsafeMutableBufferPointer(rebasing: block.prefix(rows.count * count))
      try part.read(rows, into: values)
      if let source = values.baseAddress {
        if count == 1 {
          for row in 0..<rows.count { base[row * width + start] = source[row] }
        } else {
          for row in 0..<rows.count {
            (base + row * width + start).update(from: source + row * count, count: count)
          }
        }
      }
      start += count
    }
  }
}
