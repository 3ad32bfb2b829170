import Configuration
package import HDF5

/// Columns of the data as data sets of another file, beside what is made of the rows: another job's target.
///
/// Not sendable: one thread writes them.
package final class KeptDatasets {
  private let columns: KeptColumns
  private let outputs: [KeptDataset]
  /// The row that is written next.
  private var position = 0

  /// Creates a data set of `rowCount` rows in `root` for each of `columns`, by its name, with its type, the shape of
  /// its rows and its names of classes.
  ///
  /// With `hasGaps` some rows are missing: whole numbers are of float64 then, which can say so.
  /// - Throws: `PipelineError` for a name that the file needs for something else (`taken`, or another column).
  package init(
    _ columns: KeptColumns, rowCount: Int, hasGaps: Bool, in root: borrowing Group,
    beside taken: [String]
  ) throws(PipelineError) {
    self.columns = columns
    var outputs: [KeptDataset] = []
    var names = taken
    for (name, cells) in zip(columns.names, try columns.columns(of: 0)) {
      let path = String(name.drop { $0 == "/" })
      // A data set has no place inside another one.
      if let other = names.first(where: { Self.isInside($0, path) || Self.isInside(path, $0) }) {
        throw PipelineError(
          "--keep \(name): the output has a data set '\(other)' already: leave it out, or give the column another "
            + "name in the data", exitCode: ExitCode.usage)
      }
      names.append(path)
      do throws(HDF5Error) {
        outputs.append(
          try KeptDataset(path, cells, rowCount: rowCount, hasGaps: hasGaps, in: root))
      } catch { throw PipelineError(error) }
    }
    self.outputs = outputs
  }

  private static func isInside(_ name: String, _ group: String) -> Bool {
    name == group || name.hasPrefix(group + "/")
  }

  /// Writes rows of the data behind those that were written before.
  package func write(_ rows: Range<Int>) throws(PipelineError) {
    var row = [Int](repeating: position, count: outputs.count)
    try columns.forEachFile(of: rows) { (place, cells, rows) throws(PipelineError) in
      try outputs[place].check(cells)
      try cells.copy(rows, to: outputs[place], at: row[place])
      row[place] += rows.count
    }
    position += rows.count
  }

  /// Writes rows that could not be read: numbers are NaN, texts empty.
  package func writeMissing(rowCount: Int) throws(PipelineError) {
    for output in outputs { try output.writeMissing(rowCount: rowCount, at: position) }
    position += rowCount
  }
}

@available(*, unavailable)
extension KeptDatasets: Sendable {}

/// The data set that a column becomes.
final class KeptDataset {
  /// The attribute with the names of classes.
  static let classNames = "class_names"
  private static let mostChunkRows = 1024

  private let dataset: Dataset
  private let type: ElementType
  private let rowShape: [Int]
  private let names: [String]?

  init(
    _ name: String, _ cells: any KeptCells, rowCount: Int, hasGaps: Bool,
    in root: borrowing Group
  ) throws(HDF5Error) {
    (type, rowShape, names) = (cells.type, cells.rowShape, cells.classNames)
    if type == .string {
      dataset = try root.createTextDataset(
        name, rowCount: rowCount, byteCount: nil,
        chunkRows: max(1, min(Self.mostChunkRows, rowCount)))
    } else {
      dataset = try root.createDataset(
        name, shape: [rowCount] + rowShape, type: hasGaps && type.isInteger ? .float64 : type)
    }
    if let names { try dataset.writeAttribute(Self.classNames, names) }
  }

  /// Throws unless the column holds in this file what it does in the first one.
  func check(_ cells: any KeptCells) throws(PipelineError) {
    guard cells.type == type, cells.rowShape == rowShape else {
      throw PipelineError(
        "'\(dataset.path)' holds rows of \(cells.type) \(cells.rowShape) in one file and of \(type) \(rowShape) in "
          + "the first: a column that --keep passes through is of one form in all")
    }
    guard cells.classNames == names else {
      throw PipelineError(
        "the numbers of '\(dataset.path)' are other classes in one file than in the first: a column that --keep passes "
          + "through has the same class_names in all")
    }
  }

  /// Writes numbers of a type, converted where the data set has another.
  func write(
    _ bytes: [UInt8], of type: ElementType, rowCount: Int, at row: Int
  ) throws(PipelineError) {
    var problem: HDF5Error?
    bytes.withUnsafeBytes { buffer in
      do throws(HDF5Error) {
        try dataset.writeRaw(rows: row..<row + rowCount, from: buffer, as: type)
      } catch { problem = error }
    }
    if let problem { throw PipelineError(problem) }
  }

  /// Writes texts.
  func write(_ texts: TextRows, at row: Int) throws(PipelineError) {
    var bytes: [UInt8] = []
    var starts: [Int] = []
    for index in 0..<texts.count {
      starts.append(bytes.count)
      // The end of a text is a zero.
      bytes += texts.bytes[texts.range(index)].prefix { $0 != 0 } + [0]
    }
    var problem: HDF5Error?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(HDF5Error) {
        try dataset.writeTexts(rows: row..<row + texts.count, buffer, startingAt: starts)
      } catch { problem = error }
    }
    if let problem { throw PipelineError(problem) }
  }

  /// Writes rows without a value.
  func writeMissing(rowCount: Int, at row: Int) throws(PipelineError) {
    guard type != .string else {
      return try write(TextRows(repeatElement("", count: rowCount)), at: row)
    }
    let values = [Double](repeating: .nan, count: rowCount * dataset.rowWidth)
    var problem: HDF5Error?
    values.withUnsafeBufferPointer { buffer in
      do throws(HDF5Error) { try dataset.write(rows: row..<row + rowCount, from: buffer) } catch {
        problem = error
      }
    }
    if let problem { throw PipelineError(problem) }
  }
}
