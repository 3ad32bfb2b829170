import HDF5

/// The different cells of some columns, and how often each occurs; missing ones do not count.
public struct CategoryCounts: TableFindings {
  /// More different cells in a column are no categories.
  static let mostCategories = 1 << 20

  /// The counts of each column.
  private(set) var columns: [TextCounts]
  private let names: [String]
  private let stage: String

  init(_ columns: [Column], for stage: String) {
    self.columns = columns.map { _ in TextCounts() }
    names = columns.map(\.name)
    self.stage = stage
  }

  /// The counts of one column behind the other.
  public var values: [Double] {
    get { columns.flatMap(\.values) }
    set {
      var place = 0
      for index in columns.indices { place += columns[index].take(newValue[place...]) }
    }
  }

  /// Takes in cells.
  public mutating func add(_ block: TableBlock) throws(PipelineError) {
    for (index, column) in block.columns.enumerated() {
      columns[index].count(column, rowCount: block.rowCount)
    }
    try check()
  }

  /// Takes in the counts of other rows.
  public mutating func merge(_ other: CategoryCounts) {
    for index in columns.indices { columns[index].merge(other.columns[index]) }
  }

  /// Throws for a column with too many different cells.
  func check() throws(PipelineError) {
    for (index, counts) in columns.enumerated() where counts.count > Self.mostCategories {
      throw PipelineError(
        "\(stage): the column '\(names[index])' has more than \(Self.mostCategories) different values: it "
          + "names no categories; use `hash`, or drop it")
    }
  }
}
