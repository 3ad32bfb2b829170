import Configuration
import HDF5

/// Columns of the data, to be passed through beside what is made of the rows: as texts, or as data sets
/// (`KeptDatasets`).
///
/// Not sendable: each thread has its own.
package final class KeptColumns {
  /// The columns' names.
  package let names: [String]
  private let source: DataSource
  private let paths: [String]
  /// The row at which each file begins, and behind the last.
  private let starts: [Int]
  /// Whether columns may have several numbers in each row, which texts have no room for.
  private let asRows: Bool
  /// The file that was read last, and its columns.
  private var current: (index: Int, columns: [any KeptCells])?

  /// Opens columns of the table of `source`, whose rows have the form `layout`; without a table, its data sets of
  /// these names.
  ///
  /// Looks into each file; one is open at a time.
  /// - Throws: `PipelineError` for a column that is not there, naming the nearest one, for one with several
  ///   values in each row unless `asRows` is set, and for one that has not a value for each row.
  package init(
    _ names: [String], of source: DataSource, layout: RowLayout, asRows: Bool = false
  ) throws(PipelineError) {
    guard source.window == nil else {
      throw PipelineError(
        "--keep passes columns of rows through, and the model takes windows of rows: leave it out",
        exitCode: ExitCode.usage)
    }
    try source.requireFiles(for: "--keep passes columns of files through")
    self.names = names
    self.source = source
    self.asRows = asRows
    paths = try source.paths()
    starts = (layout.fileStarts.isEmpty ? [0] : layout.fileStarts) + [layout.rowCount]
    for index in paths.indices { _ = try columns(of: index) }
  }

  /// The columns of a file, of which as many rows are there as of the data.
  func columns(of index: Int) throws(PipelineError) -> [any KeptCells] {
    if let current, current.index == index { return current.columns }
    current = nil
    let found = try RowNames(source, in: paths[index])
    let columns = try names.map { (name) throws(PipelineError) in
      try found.kept(name, asRows: asRows)
    }
    let rowCount = starts[index + 1] - starts[index]
    for (name, column) in zip(names, columns) where column.rowCount != rowCount {
      throw PipelineError(
        "\(paths[index]): '\(name)' has \(column.rowCount) rows, and the features have \(rowCount): a column that "
          + "--keep passes through needs a value for each: leave it out")
    }
    current = (index, columns)
    return columns
  }

  /// The cells of rows, column by column; a missing one is empty.
  package func read(_ rows: Range<Int>) throws(PipelineError) -> [[String]] {
    var cells = [[String]](repeating: [], count: names.count)
    try forEachFile(of: rows) { (place, column, rows) throws(PipelineError) in
      cells[place] += try column.read(rows)
    }
    return cells
  }

  /// Calls `body` with the place of each column, the column in a file, and those of `rows` that the file has, counted
  /// from its first.
  func forEachFile(
    of rows: Range<Int>,
    _ body: (Int, any KeptCells, Range<Int>) throws(PipelineError) -> Void
  ) throws(PipelineError) {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let index = lastPlace(of: paths.count, startingBy: row) { starts[$0] }
      let end = min(rows.upperBound, starts[index + 1])
      for (place, column) in try columns(of: index).enumerated() {
        try body(place, column, row - starts[index]..<end - starts[index])
      }
      row = end
    }
  }
}

@available(*, unavailable)
extension KeptColumns: Sendable {}

/// Reads the cells of one column.
protocol KeptCells: AnyObject {
  /// How many rows there are.
  var rowCount: Int { get }
  /// What a row holds, and its shape: `[]` for one number or text.
  var type: ElementType { get }
  var rowShape: [Int] { get }
  /// The names of the classes that numbers stand for, where the file tells them.
  var classNames: [String]? { get }
  /// The cells of rows as texts.
  func read(_ rows: Range<Int>) throws(PipelineError) -> [String]
  /// Writes rows to `output`, from its row `row` on.
  func copy(_ rows: Range<Int>, to output: KeptDataset, at row: Int) throws(PipelineError)
}

/// A column of texts.
final class KeptTexts: KeptCells {
  private let cells: TextCells
  private let column = CellColumn(.text, rowCount: 0)

  init(_ cells: TextCells) { self.cells = cells }

  var rowCount: Int { cells.rowCount }
  var type: ElementType { .string }
  var rowShape: [Int] { [] }
  var classNames: [String]? { nil }

  func read(_ rows: Range<Int>) throws(PipelineError) -> [String] {
    try cells.read(rows, into: column)
    return rows.indices.map { column.texts.text($0 - rows.lowerBound) }
  }

  func copy(_ rows: Range<Int>, to output: KeptDataset, at row: Int) throws(PipelineError) {
    try cells.read(rows, into: column)
    try output.write(column.texts, at: row)
  }
}

/// A column of numbers: whole ones to the last digit, as texts of one number in each row.
final class KeptNumbers: KeptCells {
  private let dataset: Dataset
  /// The field of its records that is the column; nil for a data set of numbers.
  private let field: Field?

  /// The bytes that are copied at once, if a row is no longer.
  private static let pieceByteCount = 1 << 20

  /// Takes over a data set of numbers, or of records with a field of numbers.
  init(_ dataset: consuming Dataset, field: Field?) {
    self.dataset = dataset
    self.field = field
  }

  var rowCount: Int { dataset.rowCount }
  var type: ElementType { field?.elementType ?? dataset.elementType }
  var rowShape: [Int] { dataset.shape.dropFirst() + (field?.shape ?? []) }
  var classNames: [String]? {
    field == nil ? try? dataset.stringsAttribute(KeptDataset.classNames) : nil
  }

  func copy(_ rows: Range<Int>, to output: KeptDataset, at row: Int) throws(PipelineError) {
    let rowByteCount = max(1, rowShape.reduce(1, *) * (type.byteCount ?? 1))
    let most = max(1, Self.pieceByteCount / rowByteCount)
    var bytes = [UInt8](repeating: 0, count: min(most, rows.count) * rowByteCount)
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: most) {
      let piece = start..<min(start + most, rows.upperBound)
      var problem: HDF5Error?
      bytes.withUnsafeMutableBytes { buffer in
        do throws(HDF5Error) {
          if let field {
            try dataset.readRaw(field, as: type, rows: piece, into: buffer)
          } else {
            try dataset.readRaw(rows: piece, into: buffer)
          }
        } catch { problem = error }
      }
      if let problem { throw PipelineError(problem) }
      try output.write(bytes, of: type, rowCount: piece.count, at: row + start - rows.lowerBound)
    }
  }

  func read(_ rows: Range<Int>) throws(PipelineError) -> [String] {
    switch type {
    // As a double, 0.1 would have the digits of its rounding.
    case .float16, .float32: try numbers(rows, Float.zero).map { $0.isNaN ? "" : "\($0)" }
    case .float64: try numbers(rows, Double.zero).map { $0.isNaN ? "" : "\($0)" }
    case .uint64: try numbers(rows, UInt64.zero).map { "\($0)" }
    default: try numbers(rows, Int64.zero).map { "\($0)" }
    }
  }

  private func numbers<E: Element>(_ rows: Range<Int>, _ zero: E) throws(PipelineError) -> [E] {
    var values = [E](repeating: zero, count: rows.count)
    var problem: HDF5Error?
    values.withUnsafeMutableBufferPointer { buffer in
      do throws(HDF5Error) {
        if let field {
          try dataset.readRaw(
            field, as: E.elementType, rows: rows, into: UnsafeMutableRawBufferPointer(buffer))
        } else {
          try dataset.read(rows: rows, into: buffer)
        }
      } catch { problem = error }
    }
    if let problem { throw PipelineError(problem) }
    return values
  }
}
