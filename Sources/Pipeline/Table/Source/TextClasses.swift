import Configuration
import HDF5

/// The classes that the texts of a target are, as `pipeline.target: [index]` numbers them.
public struct TextClasses: Sendable, Equatable {
  /// More classes are none.
  static let mostClasses = 65_536

  /// The names of the classes, in the order of their numbers.
  public let names: [String]
  private let index: TextIndex

  /// Numbers classes in this order.
  public init(_ names: [String]) {
    self.names = names
    index = TextIndex(names)
  }

  /// Numbers the classes of all rows of `source`, whether they will be trained on or held out: each process
  /// reads all targets, and a split may be stratified by what it finds.
  ///
  /// - Throws: `PipelineError` for a missing file or target, and for too many or no classes.
  public init(
    learning source: DataSource, order: CategoryOrder
  ) throws(PipelineError) {
    guard let target = source.target else {
      throw PipelineError(
        "pipeline.target: the data name no target whose texts `index` could number")
    }
    try source.requireFiles(for: DataSource.classNeed)
    var counts = TextCounts()
    var areNumbers = true
    for path in try source.paths() {
      let reader = try RowNames(source, in: path).cells(target)
      areNumbers = areNumbers && reader.column.kind != .text
      try ClassRows.count(reader, into: &counts, atMost: Self.mostClasses)
      guard counts.count <= Self.mostClasses else {
        throw PipelineError(
          "\(path): the target '\(target)' has more than \(Self.mostClasses) different values, too many for "
            + "classes: name another target, or leave `index` out")
      }
    }
    let found = order.categories(counts, areNumbers: areNumbers)
    guard found.count > 0 else {
      throw PipelineError("\(source.file): the target '\(target)' has only missing values")
    }
    names = (0..<found.count).map(found.texts.text)
    index = found
  }

  /// Writes the class numbers of cells.
  ///
  /// - Throws: `PipelineError` for a cell that is none of the classes, or missing.
  func number(
    _ cells: CellColumn, rowCount: Int, firstRow: Int, of name: String,
    into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError) {
    var cell = CellText()
    for row in 0..<rowCount {
      if let number = cell.number(cells, row, in: index) {
        output[row] = Float(number)
        continue
      }
      guard !CellText.isMissing(cells, row) else {
        throw PipelineError(
          "\(name): row \(firstRow + row) has no class: mend or remove the row")
      }
      let text = CellText.text(cells, row)
      throw PipelineError(
        "\(name): row \(firstRow + row) is '\(text)', which is none of the \(names.count) classes: "
          + Spelling.advice(for: text, among: Array(names.prefix(100))))
    }
  }

  /// Writes the data set `classes`.
  func write(to group: borrowing Group) throws(HDF5Error) {
    try group.writeTexts("classes", TextRows(names))
  }

  /// Reads the data set `classes`.
  init(from group: borrowing Group) throws(PipelineError) {
    index = try group.readIndex("classes")
    guard (1...Self.mostClasses).contains(index.count) else {
      throw PipelineError(
        "\(group.place): \(index.count) classes are not possible: the model file is damaged, write it again"
      )
    }
    names = (0..<index.count).map(index.texts.text)
  }

  /// Whether both number the same classes in the same way.
  public static func == (a: TextClasses, b: TextClasses) -> Bool { a.names == b.names }
}
