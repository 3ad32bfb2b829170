import HDF5

extension HDF5Source {
  /// Windows that are read at a time: their rows take memory beside the windows.
  private static let blockWindowCount = 4096
  /// The most bytes of these rows, unless one window has more.
  private static let blockByteCount = 16 << 20

  /// Reads windows of rows of `width` numbers.
  func read<E: Element>(
    windows: Range<Int>, of grid: WindowGrid, _ width: Int,
    into buffer: UnsafeMutableBufferPointer<E>, _ part: (FileRows) -> (any NamedRows)?
  ) throws(PipelineError) {
    let (length, stride) = (grid.window.length, grid.window.stride)
    let size = length * width
    guard let base = buffer.baseAddress else { return }
    try grid.forEachFile(windows) { (own, firstRow) throws(PipelineError) in
      // One behind the other, they stand in the file as in the buffer.
      if stride == length {
        let place = (own.lowerBound - windows.lowerBound) * size
        try read(
          rows: firstRow..<firstRow + own.count * length, width,
          into: UnsafeMutableBufferPointer(rebasing: buffer[place..<place + own.count * size]), part
        )
        return
      }
      // Far from each other: what lies between is not read.
      if stride >= 2 * length {
        for number in 0..<own.count {
          let row = firstRow + number * stride
          let place = (own.lowerBound - windows.lowerBound + number) * size
          try read(
            rows: row..<row + length, width,
            into: UnsafeMutableBufferPointer(rebasing: buffer[place..<place + size]), part)
        }
        return
      }
      try read(
        own.count, partsOf: length, from: firstRow, every: stride, width,
        into: base + (own.lowerBound - windows.lowerBound) * size, part)
    }
  }

  /// Reads the targets, or the weights, of windows: of the rows `horizon` behind their last ones.
  func read(
    endsOf windows: Range<Int>, of grid: WindowGrid, _ width: Int,
    into buffer: UnsafeMutableBufferPointer<Float>, _ part: (FileRows) -> (any NamedRows)?
  ) throws(PipelineError) {
    let stride = grid.window.stride
    let distance = grid.window.length - 1 + grid.window.horizon
    guard let base = buffer.baseAddress else { return }
    try grid.forEachFile(windows) { (own, firstRow) throws(PipelineError) in
      try read(
        own.count, partsOf: 1, from: firstRow + distance, every: stride, width,
        into: base + (own.lowerBound - windows.lowerBound) * width, part)
    }
  }

  /// Reads `count` parts of `length` rows, each `stride` rows behind the one before, and puts them one behind the other.
  ///
  /// A block of parts at a time, of which each row is read once, also one that is in several parts or between two.
  private func read<E: Element>(
    _ count: Int, partsOf length: Int, from firstRow: Int, every stride: Int, _ width: Int,
    into output: UnsafeMutablePointer<E>, _ part: (FileRows) -> (any NamedRows)?
  ) throws(PipelineError) {
    let rest = max(0, Self.blockByteCount / (MemoryLayout<E>.stride * width) - length)
    let most = min(Self.blockWindowCount, count, rest / stride + 1)
    let block = UnsafeMutableBufferPointer<E>.allocate(
      capacity: ((most - 1) * stride + length) * width)
    defer { block.deallocate() }
    guard let source = block.baseAddress else { return }
    var number = 0
    while number < count {
      let own = min(most, count - number)
      let row = firstRow + number * stride
      let rowCount = (own - 1) * stride + length
      try read(
        rows: row..<row + rowCount, width,
        into: UnsafeMutableBufferPointer(rebasing: block.prefix(rowCount * width)), part)
      for index in 0..<own {
        (output + (number + index) * length * width).update(
          from: source + index * stride * width, count: length * width)
      }
      number += own
    }
  }
}
