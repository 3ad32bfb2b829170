import HDF5

/// Count, mean and sum of squared distances of the target of rows with each category of some columns, and of
/// all rows.
///
/// - Source: Chan, Golub & LeVeque 1983, eq. 2.1.
public struct TargetMoments: TableFindings {
  /// Of some rows.
  struct Moments: Sendable {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0

    mutating func add(_ value: Double) {
      count += 1
      let distance = value - mean
      mean += distance / count
      squares += distance * (value - mean)
    }

    mutating func merge(_ other: Moments) {
      guard other.count > 0 else { return }
      let total = count + other.count
      let distance = other.mean - mean
      squares += other.squares + distance * distance * count * other.count / total
      mean += distance * other.count / total
      count = total
    }
  }

  /// The categories of each column; the counts are not used.
  private(set) var columns: [TextCounts]
  /// The moments of each category.
  private(set) var moments: [[Moments]]
  /// Those of all rows.
  private(set) var all = Moments()
  private let names: [String]

  init(_ columns: [Column]) {
    self.columns = columns.map { _ in TextCounts() }
    moments = columns.map { _ in [] }
    names = columns.map(\.name)
  }

  /// The moments of all rows, then for each column its categories and their moments.
  public var values: [Double] {
    get {
      var values = [all.count, all.mean, all.squares]
      for (index, column) in columns.enumerated() {
        values += column.values
        values += moments[index].flatMap { [$0.count, $0.mean, $0.squares] }
      }
      return values
    }
    set {
      func taken(_ place: Int) -> Moments {
        Moments(count: newValue[place], mean: newValue[place + 1], squares: newValue[place + 2])
      }
      all = taken(0)
      var place = 3
      for index in columns.indices {
        place += columns[index].take(newValue[place...])
        let first = place
        moments[index] = (0..<columns[index].count).map { taken(first + 3 * $0) }
        place += 3 * columns[index].count
      }
    }
  }

  /// Takes in rows with their targets.
  public mutating func add(_ block: TableBlock) throws(PipelineError) {
    guard let targets = block.targets else {
      preconditionFailure("target_encode without targets")
    }
    for row in 0..<block.rowCount {
      guard targets[row].isFinite else {
        throw PipelineError(
          "target_encode: the target of row \(block.firstRow + row) is \(targets[row]): mend or remove the "
            + "row")
      }
      all.add(Double(targets[row]))
    }
    var cell = CellText()
    for (index, column) in block.columns.enumerated() {
      for row in 0..<block.rowCount {
        guard let place = cell.place(column, row, in: &columns[index]) else { continue }
        if place == moments[index].count { moments[index].append(Moments()) }
        moments[index][place].add(Double(targets[row]))
      }
      guard columns[index].count <= CategoryCounts.mostCategories else {
        throw PipelineError(
          "target_encode: the column '\(names[index])' has more than \(CategoryCounts.mostCategories) "
            + "different values: it names no categories; use `hash`, or drop it")
      }
    }
  }

  /// Takes in the moments of other rows.
  public mutating func merge(_ other: TargetMoments) {
    all.merge(other.all)
    for index in columns.indices {
      let texts = other.columns[index].index.texts
      for number in 0..<texts.count {
        let place = columns[index].place(texts.bytes.span, texts.range(number))
        if place == moments[index].count { moments[index].append(Moments()) }
        moments[index][place].merge(other.moments[index][number])
      }
    }
  }
}
