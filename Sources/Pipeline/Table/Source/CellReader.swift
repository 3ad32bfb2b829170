import HDF5

/// Reads the cells of one column of a table in a file.
protocol CellReader: AnyObject {
  /// The column, by the name that it is asked for.
  var column: Column { get }
  /// How many rows there are.
  var rowCount: Int { get }
  /// Rows in a chunk of the file.
  var chunkRowCount: Int? { get }
  /// The bytes that a cell takes at most; nil where the file does not say.
  var cellByteCount: Int? { get }
  /// Reads rows into `cells`, which has room for them.
  func read(_ rows: Range<Int>, into cells: CellColumn) throws(PipelineError)
}

/// Reads a column of numbers: a data set, or a field of records.
final class NumberCells: CellReader {
  let column: Column
  /// The column by itself.
  let rows: any NamedRows

  /// Makes a column of rows, all of whose numbers are in a cell.
  init(_ rows: any NamedRows, name: String) {
    self.rows = rows
    column = Column(name, .number(width: rows.rowShape.elementCount))
  }

  var rowCount: Int { rows.rowCount }
  var chunkRowCount: Int? { rows.chunkRowCount }
  var cellByteCount: Int? { MemoryLayout<Float>.size * rows.rowShape.elementCount }

  func read(_ rows: Range<Int>, into cells: CellColumn) throws(PipelineError) {
    try self.rows.read(
      rows,
      into: UnsafeMutableBufferPointer(rebasing: cells.numbers.prefix(rows.count * cells.width)))
  }
}

/// Reads a column of texts: a data set, or a field of records.
final class TextCells: CellReader {
  let column: Column
  private let dataset: Dataset
  private let selection: TextSelection

  /// Takes over a data set of `file`.
  ///
  /// - Throws: `PipelineError` for one without rows, one that was never written, and texts that do not stand
  ///   one in a row.
  init(
    _ dataset: consuming Dataset, field: Field?, name: String, in file: String
  ) throws(PipelineError) {
    let path = "\(file): '\(dataset.path)'"
    self.dataset = dataset
    try checkRows(self.dataset, path)
    try checkContent(self.dataset)
    do throws(HDF5Error) { selection = try self.dataset.selectTexts(field: field) } catch {
      throw PipelineError(error)
    }
    column = Column(name, .text)
  }

  var rowCount: Int { dataset.rowCount }
  var chunkRowCount: Int? { dataset.chunkShape?.first }
  var cellByteCount: Int? { selection.byteCount }

  func read(_ rows: Range<Int>, into cells: CellColumn) throws(PipelineError) {
    do { try dataset.read(selection, rows: rows, into: &cells.texts) } catch {
      throw PipelineError(error)
    }
  }
}
