import HDF5

/// A data set whose first axis counts rows of numbers.
final class NumberRows: NamedRows {
  private let dataset: Dataset
  /// File and data set.
  let name: String
  /// The names that `sounder convert` gives the numbers of a row; empty where there are none.
  let columns: [String]

  /// Takes over a data set of `file`.
  init(_ dataset: consuming Dataset, in file: String) throws(PipelineError) {
    name = "\(file): '\(dataset.path)'"
    self.dataset = dataset
    guard self.dataset.elementType.isNumber else {
      throw PipelineError(
        "\(name) holds \(self.dataset.elementType), but numbers are needed: name another data set, "
          + "or convert it")
    }
    try checkRows(self.dataset, name)
    guard self.dataset.rowWidth > 0 else {
      throw PipelineError(
        "\(name) is empty (its shape is \(self.dataset.shape)): fill it, or name another data set")
    }
    guard self.dataset.rowWidth <= Int(Int32.max) else {
      throw PipelineError(
        "\(name) has \(self.dataset.rowWidth) numbers in each row (its shape is "
          + "\(self.dataset.shape)), but a row must fit into memory: rows are the first axis")
    }
    try checkContent(self.dataset)
    let names = self.dataset.shape.count == 2 ? Self.names(self.dataset) : []
    columns = names.count == self.dataset.rowWidth ? names : []
  }

  private static func names(_ dataset: borrowing Dataset) -> [String] {
    guard dataset.hasAttribute(MatrixWriter.featureNames) else { return [] }
    // What other programs have put there is none.
    return (try? dataset.stringsAttribute(MatrixWriter.featureNames)) ?? []
  }

  var rowCount: Int { dataset.rowCount }
  var rowShape: [Int] { Array(dataset.shape.dropFirst()) }
  var elementTypes: [ElementType] { [dataset.elementType] }
  var isBytes: Bool { dataset.elementType == .uint8 }
  var chunkRowCount: Int? { dataset.chunkShape?.first }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    do { try dataset.read(rows: rows, into: buffer) } catch { throw PipelineError(error) }
  }
}

/// Throws unless a data set has rows.
func checkRows(_ dataset: borrowing Dataset, _ name: String) throws(PipelineError) {
  guard !dataset.shape.isEmpty else {
    throw PipelineError(
      "\(name) is a single element without axes, but rows are needed: name another data set")
  }
  guard dataset.rowCount > 0 else {
    throw PipelineError(
      "\(name) is empty (its shape is \(dataset.shape)): fill it, or name another data set")
  }
}

/// Throws unless a data set was written, and all are there that it is made of.
func checkContent(_ dataset: borrowing Dataset) throws(PipelineError) {
  do throws(HDF5Error) {
    try dataset.checkWritten()
    try dataset.checkSources()
  } catch { throw PipelineError(error) }
}
