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

  /// Numbers the classes of all rows of `source`, whether they will be trained on or held out: a split may be
  /// stratified by what is found.
  ///
  /// Reads all targets.
  /// - Throws: `PipelineError` for a missing file or target, and for too many or no classes.
  public init(
    learning source: DataSource, order: CategoryOrder
  ) throws(PipelineError) {
    let rows = 0..<(try Self.rowCounts(of: source).reduce(0, +))
    try self.init(try TargetTextCounts(source, rows: rows), of: source, order: order)
  }

  /// The same on several processes, each of which reads the targets of one stretch of the rows alone.
  ///
  /// Collective over the reducer's processes, of which this is number `part` of `partCount`.
  /// - Throws: `PipelineError` for a missing file or target, and for too many or no classes.
  public init(
    learning source: DataSource, order: CategoryOrder, part: Int, of partCount: Int,
    reducer: any Reducer
  ) throws {
    let count = try Self.rowCounts(of: source).reduce(0, +)
    let (whole, rest) = count.quotientAndRemainder(dividingBy: partCount)
    func start(_ part: Int) -> Int { part * whole + min(part, rest) }
    let counts = try TargetTextCounts(source, rows: start(part)..<start(part + 1))
    try self.init(try reducer.merge(counts), of: source, order: order)
  }

  private init(
    _ found: TargetTextCounts, of source: DataSource, order: CategoryOrder
  ) throws(PipelineError) {
    guard found.counts.count <= Self.mostClasses else {
      throw PipelineError(
        "\(source.file): the target '\(source.target ?? "")' has more than \(Self.mostClasses) different values, "
          + "too many for classes: name another target, or leave `index` out")
    }
    let index = order.categories(found.counts, areNumbers: found.areNumbers)
    guard index.count > 0 else {
      throw PipelineError(
        "\(source.file): the target '\(source.target ?? "")' has only missing values")
    }
    names = (0..<index.count).map(index.texts.text)
    self.index = index
  }

  /// How many rows each file has; none is read.
  ///
  /// - Throws: `PipelineError` for a missing file or target.
  package static func rowCounts(of source: DataSource) throws(PipelineError) -> [Int] {
    try source.requireFiles(for: DataSource.classNeed)
    guard let target = source.target else {
      throw PipelineError(
        "pipeline.target: the data name no target whose texts `index` could number")
    }
    return try source.paths().map { (path) throws(PipelineError) in
      try RowNames(source, in: path).cells(target).rowCount
    }
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
