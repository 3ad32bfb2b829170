import HDF5

/// Where columns are cut into bins: bin b of a column is `edge[b - 1] <= x < edge[b]`, the first and
/// the last one open.
struct BinEdges: Sendable {
  /// The ascending edges, of all columns end to end.
  private let edges: [Double]
  /// Where each column's edges begin, and the end; two numbers when all columns have the same.
  private let starts: [Int]

  /// The most edges of a column: bins are numbered exactly by floats.
  static let largestCount = 1 << 16

  /// Makes edges for each column, or one list for all.
  init(_ columns: [[Double]]) {
    edges = columns.flatMap { $0 }
    var starts = [0]
    for column in columns { starts.append(starts[starts.count - 1] + column.count) }
    self.starts = starts
  }

  /// The most bins that a column has.
  var binCount: Int { zip(starts, starts.dropFirst()).map { $1 - $0 }.max().map { $0 + 1 } ?? 1 }

  /// How many lists there are.
  var columnCount: Int { starts.count - 1 }

  /// The edges of each column.
  var columns: [[Double]] { zip(starts, starts.dropFirst()).map { Array(edges[$0..<$1]) } }

  /// The bin of a number.
  func bin(_ value: Float, column: Int) -> Int {
    let column = starts.count == 2 ? 0 : column
    let number = Double(value)
    var (low, high) = (starts[column], starts[column + 1])
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= number { low = middle + 1 } else { high = middle }
    }
    return low - starts[column]
  }

  /// Writes the numbers of the bins, or with a count of places a one at each number's place.
  func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, width: Int, placeCount: Int?,
    into output: UnsafeMutablePointer<Float>
  ) {
    if let placeCount { output.update(repeating: 0, count: rowCount * width * placeCount) }
    for row in 0..<rowCount {
      for column in 0..<width {
        let index = row * width + column
        let bin = bin(rows[index], column: column)
        if let placeCount {
          output[index * placeCount + bin] = 1
        } else {
          output[index] = Float(bin)
        }
      }
    }
  }

  /// Writes the data sets `edges` and `edge_counts`, one for each list.
  func write(to group: borrowing Group) throws(HDF5Error) {
    try group.createDataset("edges", shape: [edges.count], of: Double.self).write(edges)
    try group.writeNumbers(
      "edge_counts", zip(starts, starts.dropFirst()).map { Double($1 - $0) })
  }

  /// Reads what `write(to:)` has written for `columnCount` lists.
  init(from group: borrowing Group, columnCount: Int, stage: String) throws(PipelineError) {
    let counts = try group.readNumbers("edge_counts", count: columnCount, stage: stage)
    guard
      counts.allSatisfy({
        (0...Double(Self.largestCount)).contains($0) && $0.rounded(.down) == $0
      })
    else {
      throw PipelineError(
        "\(group.place): 'edge_counts' of the stage \(stage) are no counts: the model file is damaged, "
          + "write it again")
    }
    let total = Int(counts.reduce(0, +))
    var rest = try group.readNumbers("edges", count: total, stage: stage)[...]
    var columns: [[Double]] = []
    for count in counts {
      columns.append(Array(rest.prefix(Int(count))))
      rest = rest.dropFirst(Int(count))
    }
    guard columns.allSatisfy({ column in zip(column, column.dropFirst()).allSatisfy { $0 < $1 } })
    else {
      throw PipelineError(
        "\(group.place): 'edges' of the stage \(stage) do not ascend: the model file is damaged, "
          + "write it again")
    }
    self.init(columns)
  }
}
