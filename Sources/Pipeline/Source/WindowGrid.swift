/// Where the windows of several files are: none reaches over the end of a file.
struct WindowGrid {
  let window: RowWindow
  /// The row at which each file begins, and behind the last.
  let fileStarts: [Int]
  /// The number of each file's first window, and behind the last.
  let firsts: [Int]

  init(_ window: RowWindow, fileStarts: [Int]) {
    self.window = window
    self.fileStarts = fileStarts
    var firsts = [0]
    for (start, end) in zip(fileStarts, fileStarts.dropFirst()) {
      let room = end - start - window.length - window.horizon
      firsts.append(firsts[firsts.count - 1] + (room < 0 ? 0 : room / window.stride + 1))
    }
    self.firsts = firsts
  }

  /// How many windows there are.
  var count: Int { firsts[firsts.count - 1] }

  /// The windows with which files begin that have any, each once.
  var windowStarts: [Int] {
    zip(firsts, firsts.dropFirst()).filter { $0 < $1 }.map(\.0)
  }

  /// Calls `body` with the parts of `windows` that lie in one file each, and the first row of each part's first
  /// window.
  func forEachFile(
    _ windows: Range<Int>,
    _ body: (_ windows: Range<Int>, _ firstRow: Int) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    for file in 0..<firsts.count - 1 {
      let own = windows.clamped(to: firsts[file]..<firsts[file + 1])
      if own.isEmpty { continue }
      try body(own, fileStarts[file] + (own.lowerBound - firsts[file]) * window.stride)
    }
  }

  /// The rows that some windows answer for: each row of all windows belongs to one, that which began last before
  /// it, so that parts of the windows have parts of the rows.
  func rows(of windows: RowSet) -> [Range<Int>] {
    var rows: [Range<Int>] = []
    for run in windows.runs {
      for file in 0..<firsts.count - 1 {
        let own = run.clamped(to: firsts[file]..<firsts[file + 1])
        if own.isEmpty { continue }
        func start(_ number: Int) -> Int {
          fileStarts[file] + (number - firsts[file]) * window.stride
        }
        if window.stride > window.length {
          for number in own { rows.append(start(number)..<start(number) + window.length) }
        } else {
          let isLast = own.upperBound == firsts[file + 1]
          rows.append(
            start(
              own.lowerBound)..<(isLast
              ? start(own.upperBound - 1) + window.length : start(own.upperBound)))
        }
      }
    }
    return rows
  }
}
