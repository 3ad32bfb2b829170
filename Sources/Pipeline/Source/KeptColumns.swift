import Configuration
import HDF5

/// Columns of the data as texts, to be passed through beside what is made of the rows.
///
/// Not sendable: each thread has its own.
package final class KeptColumns {
  /// The columns' names.
  package let names: [String]
  /// For each file its columns.
  private let files: [[any KeptCells]]
  /// The row at which each file begins, and behind the last.
  private let starts: [Int]

  /// Opens columns of the table of `source`; without one, its data sets of these names.
  ///
  /// - Throws: `PipelineError` for a column that is not there, naming the nearest one, and for one with several
  ///   values in each row.
  package init(_ names: [String], of source: DataSource) throws(PipelineError) {
    guard source.window == nil else {
      throw PipelineError(
        "--keep passes columns of rows through, and the model takes windows of rows: leave it out",
        exitCode: ExitCode.usage)
    }
    self.names = names
    var files: [[any KeptCells]] = []
    var starts = [0]
    for (index, path) in try source.paths().enumerated() {
      let found = try RowNames(source, in: path)
      let columns = try names.map { (name) throws(PipelineError) in try found.kept(name) }
      starts.append(starts[index] + (columns.first?.rowCount ?? 0))
      files.append(columns)
    }
    (self.files, self.starts) = (files, starts)
  }

  /// The cells of rows, column by column; a missing one is empty.
  package func read(_ rows: Range<Int>) throws(PipelineError) -> [[String]] {
    var cells = [[String]](repeating: [], count: names.count)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let index = lastPlace(of: files.count, startingBy: row) { starts[$0] }
      let end = min(rows.upperBound, starts[index + 1])
      for (place, column) in files[index].enumerated() {
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
    guard dataset.elementType.isInteger else {
      return try numbers(rows, Double.zero).map { $0.isNaN ? "" : "\($0)" }
    }
    return dataset.elementType == .uint64
      ? try numbers(rows, UInt64.zero).map { "\($0)" }
      : try numbers(rows, Int64.zero).map { "\($0)" }
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
