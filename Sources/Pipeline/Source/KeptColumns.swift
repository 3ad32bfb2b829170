import Configuration
import HDF5

/// Columns of the data as texts, to be passed through beside what is made of the rows.
///
/// Not sendable: each thread has its own.
package final class KeptColumns {
  /// The columns' names.
  package let names: [String]
  private let source: DataSource
  private let paths: [String]
  /// The row at which each file begins, and behind the last.
  private let starts: [Int]
  /// The file that was read last, and its columns.
  private var current: (index: Int, columns: [any KeptCells])?

  /// Opens columns of the table of `source`, whose rows have the form `layout`; without a table, its data sets of
  /// these names.
  ///
  /// Looks into each file; one is open at a time.
  /// - Throws: `PipelineError` for a column that is not there, naming the nearest one, for one with several
  ///   values in each row, and for one that has not a value for each row.
  package init(
    _ names: [String], of source: DataSource, layout: RowLayout
  ) throws(PipelineError) {
    guard source.window == nil else {
      throw PipelineError(
        "--keep passes columns of rows through, and the model takes windows of rows: leave it out",
        exitCode: ExitCode.usage)
    }
    try source.requireFiles(for: "--keep passes columns of files through")
    self.names = names
    self.source = source
    paths = try source.paths()
    starts = (layout.fileStarts.isEmpty ? [0] : layout.fileStarts) + [layout.rowCount]
    for index in paths.indices { _ = try columns(of: index) }
  }

  /// The columns of a file, of which as many rows are there as of the data.
  private func columns(of index: Int) throws(PipelineError) -> [any KeptCells] {
    if let current, current.index == index { return current.columns }
    current = nil
    let found = try RowNames(source, in: paths[index])
    let columns = try names.map { (name) throws(PipelineError) in try found.kept(name) }
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
    var row = rows.lowerBound
    while row < rows.upperBound {
      let index = lastPlace(of: paths.count, startingBy: row) { starts[$0] }
      let end = min(rows.upperBound, starts[index + 1])
      for (place, column) in try columns(of: index).enumerated() {
        cells[place] += try column.read(row - starts[index]..<end - starts[index])
      }
      row = end
    }
    return cells
  }
}

@available(*, unavailable)
extension KeptColumns: Sendable {}

/// Reads the cells of one column as texts.
protocol KeptCells: AnyObject {
  /// How many rows there are.
  var rowCount: Int { get }
  /// The cells of rows.
  func read(_ rows: Range<Int>) throws(PipelineError) -> [String]
}

/// A column of texts.
final class KeptTexts: KeptCells {
  private let cells: TextCells
  private let column = CellColumn(.text, rowCount: 0)

  init(_ cells: TextCells) { self.cells = cells }

  var rowCount: Int { cells.rowCount }

  func read(_ rows: Range<Int>) throws(PipelineError) -> [String] {
    try cells.read(rows, into: column)
    return rows.indices.map { column.texts.text($0 - rows.lowerBound) }
  }
}

/// A column of numbers: whole ones to the last digit.
final class KeptNumbers: KeptCells {
  private let dataset: Dataset

  /// Takes over a data set of one number in each row.
  init(_ dataset: consuming Dataset) { self.dataset = dataset }

  var rowCount: Int { dataset.rowCount }

  func read(_ rows: Range<Int>) throws(PipelineError) -> [String] {
    switch dataset.elementType {
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
      do throws(HDF5Error) { try dataset.read(rows: rows, into: buffer) } catch { problem = error }
    }
    if let problem { throw PipelineError(problem) }
    return values
  }
}
