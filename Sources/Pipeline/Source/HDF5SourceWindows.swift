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
      // Each row is read once, also one that is in several windows or between two.
      let rest = max(0, Self.blockByteCount / (MemoryLayout<E>.stride * width) - length)
      let most = min(Self.blockWindowCount, own.count, rest / stride + 1)
      let block = UnsafeMutableBufferPointer<E>.allocate(
        capacity: ((most - 1) * stride + length) * width)
      defer { block.deallocate() }
      guard let source = block.baseAddress else { return }
      var number = 0
      while number < own.count {
        let count = min(most, own.count - number)
        let row = firstRow + number * stride
        let rowCount = (count - 1) * stride + length
        try read(
          rows: row..<row + rowCount, width,
          into: UnsafeMutableBufferPointer(rebasing: block.prefix(rowCount * width)), part)
        let place = own.lowerBound - windows.lowerBound + number
        for index in 0..<count {
          (base + (place + index) * size).update(
            from: source + index * stride * width, count: size)
        }
        number += count
      }
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
      let most = max(1, Self.blockWindowCount / stride)
      let block = UnsafeMutableBufferPointer<Float>.allocate(
        capacity: ((min(most, own.count) - 1) * stride + 1) * width)
      defer { block.deallocate() }
      guard let source = block.baseAddress else { return }
      var number = 0
      while number < own.count {
        let count = min(most, own.count - number)
        let row = firstRow + number * stride + distance
        let rowCount = (count - 1) * stride + 1
        try read(
          rows: row..<row + rowCount, width,
          into: UnsafeMutableBufferPointer(rebasing: block.prefix(rowCount * width)), part)
        let place = own.lowerBound - windows.lowerBound + number
        for index in 0..<count {
          (base + (place + index) * width).update(
            from: source + index * stride * width, count: width)
        }
        number += count
      }
    }
  }
}
