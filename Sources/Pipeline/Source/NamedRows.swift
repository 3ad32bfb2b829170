import HDF5

/// What a name in a file stands for: rows of numbers, of one data set or of several columns.
protocol NamedRows: AnyObject {
  /// File and data set, for messages.
  var name: String { get }
  /// How many rows there are.
  var rowCount: Int { get }
  /// The shape of one row.
  var rowShape: [Int] { get }
  /// The names of the columns, where a row is made of some.
  var columns: [String] { get }
  /// The types of the numbers in the file, of each data set or field.
  var elementTypes: [ElementType] { get }
  /// Whether the numbers can be read as bytes.
  var isBytes: Bool { get }
  /// Rows in a chunk of the file.
  var chunkRowCount: Int? { get }

  /// Reads rows, converted; bytes only where `isBytes`.
  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError)
}

/// The most bytes of a block that are in memory beside the rows that are made of it, unless a chunk of the file has
/// more.
private let blockByteCount = 16 << 20

extension NamedRows {
  /// Calls `body` with `rows` block by block, and with memory for `width` numbers of each row of the block.
  ///
  /// Blocks end where chunks of `chunk` rows do, so that none is unpacked twice, unless a chunk that takes too much
  /// memory may be parted: the library keeps it then.
  func forEachBlock<E: Element>(
    of rows: Range<Int>, width: Int, chunk: Int, parts: Bool = false,
    _ body: (Range<Int>, UnsafeMutableBufferPointer<E>) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    let fitting = max(1, blockByteCount / (MemoryLayout<E>.stride * width))
    let chunk = max(1, parts ? min(chunk, fitting) : chunk)
    let most = max(1, fitting / chunk) * chunk
    let block = UnsafeMutableBufferPointer<E>.allocate(capacity: min(rows.count, most) * width)
    defer { block.deallocate() }
    var first = rows.lowerBound
    while first < rows.upperBound {
      let end = min((first / most + 1) * most, rows.upperBound)
      try body(first..<end, UnsafeMutableBufferPointer(rebasing: block[..<((end - first) * width)]))
      first = end
    }
  }
}
