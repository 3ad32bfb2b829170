import Configuration
import HDF5

/// Data sets of HDF5 files, features, targets and weights, row by row.
///
/// Of several files the rows stand one behind the other. Each is opened once to be checked, and then as it
/// is needed; few are open at a time. Not sendable: each thread opens its own.
public final class HDF5Source: OpenedSource {
  /// The most files that are open at a time; each may hold a chunk cache for each data set.
  static let mostOpenFiles = 16

  /// Count and form of the rows.
  public let layout: RowLayout
  /// File and data set of the features.
  public let featureName: String
  /// File and data set of the targets.
  public let targetName: String
  /// File and data set of the weights.
  public let weightName: String
  /// The names of the numbers of a row, in order, where they are columns that no stage finds by name; else empty.
  public let featureColumns: [String]
  /// The same of columns that hold several numbers, too.
  public let columnNames: [String]
  /// The names of the numbers of a row of targets, in order, where these are columns of their own; else empty.
  public let targetNames: [String]
  /// The shapes of the data sets' rows that a row of features, and of targets, is made of.
  public let partShapes: (features: [[Int]], targets: [[Int]])
  private let source: DataSource
  private let paths: [String]
  /// The row at which each file begins, and behind the last.
  private let starts: [Int]
  /// Files that are open, the one that was used last at the end.
  private var open: [(index: Int, rows: FileRows)] = []
  /// Count and form of the files' own rows, of which windows are made.
  private let rowLayout: RowLayout
  private let grid: WindowGrid?
  /// What makes rows of a table's columns, in whichever file.
  private let transform: TableTransform?
  /// The columns of the table, where stages are still to be fitted to them.
  public let schema: Schema?

  /// Opens the data sets that `source` names, in all of its files.
  ///
  /// - Throws: `PipelineError` for a missing file or data set, texts instead of numbers, data sets
  ///   of different lengths, data sets without axes or rows, rows that were never written or are
  ///   longer than `source` allows, files whose rows differ in form.
  public init(_ source: DataSource) throws(PipelineError) {
    let paths = try source.paths()
    self.source = source
    self.paths = paths
    let transform: TableTransform? =
      if case .stages(let table) = source.tableUse { TableTransform(table) } else { nil }
    self.transform = transform
    let first = try FileRows(source, in: paths[0], transform)
    schema = source.tableUse == .columns ? (first.features as? TableRows)?.schema : nil
    open.append((0, first))
    var starts = [0, first.rowCount]
    var chunkRowCount = first.features.chunkRowCount
    for (index, path) in paths.enumerated().dropFirst() {
      let rows = try FileRows(source, in: path, transform)
      try first.check(rows)
      starts.append(starts[index] + rows.rowCount)
      if let other = rows.features.chunkRowCount { chunkRowCount = max(chunkRowCount ?? 0, other) }
      if open.count < Self.mostOpenFiles { open.append((index, rows)) }
    }
    self.starts = starts
    func name(_ rows: any NamedRows) -> String {
      guard paths.count > 1 else { return rows.name }
      return rows.name.replacing(
        paths[0], with: "\(source.file) (\(paths.count) files put end to end)", maxReplacements: 1)
    }
    featureName = name(first.features)
    targetName = first.targets.map(name) ?? "\(featureName) (opened without targets)"
    weightName = first.weights.map(name) ?? "\(featureName) (opened without weights)"
    // Of data sets that are listed outside of a table the names say nothing about columns of other files.
    let areColumns = source.table != nil || source.featureColumns.isEmpty
    let columns = source.tableUse == .rows && areColumns ? first.features.columns : []
    columnNames = columns
    featureColumns = columns.count == first.features.rowShape.reduce(1, *) ? columns : []
    let hasOwnTargets = !source.targetsAreFeatures && source.targetColumns.isEmpty
    let targets = hasOwnTargets ? first.targets : nil
    // One number has its place, whatever it is called.
    let targetNames = targets.map { $0.columns.count > 1 ? $0.columns : [] } ?? []
    self.targetNames =
      targetNames.count == targets?.rowShape.elementCount ? targetNames : []
    partShapes = (
      Self.shapes(first.features, source.featureParts),
      first.targets.map { Self.shapes($0, source.targetParts) } ?? []
    )
    var layout = RowLayout(
      rowCount: starts[paths.count], featureShape: first.features.rowShape,
      targetShape: first.targets?.rowShape, weightShape: first.weights?.rowShape,
      hasByteFeatures: first.features.isBytes, chunkRowCount: chunkRowCount,
      fileStarts: paths.count == 1 ? [] : starts.dropLast())
    rowLayout = layout
    // Without targets there is nothing to be there behind a window: the last rows are for what comes next.
    let hasTargets = first.targets != nil || first.weights != nil
    grid = source.window.map { window in
      WindowGrid(hasTargets ? window : window.withoutHorizon, fileStarts: starts)
    }
    if let grid {
      guard grid.count > 0 else {
        throw PipelineError(
          "\(featureName) has \(layout.rowCount) rows, too few for a window of \(grid.window.length) with a "
            + "horizon of \(grid.window.horizon)\(paths.count > 1 ? " in one file" : ""): make it shorter"
        )
      }
      layout.rowCount = grid.count
      layout.featureShape = grid.window.shape(of: layout.featureShape)
      layout.chunkRowCount = layout.chunkRowCount.map { max(1, $0 / grid.window.stride) }
      layout.fileStarts = paths.count == 1 ? [] : grid.windowStarts
    }
    self.layout = layout
    try source.checkRow(layout, featureName)
  }

  /// Of rows that are made of several parts, the shape of each.
  private static func shapes(_ rows: any NamedRows, _ parts: [DataSource.Part]) -> [[Int]] {
    guard parts.count > 1, let joined = rows as? JoinedRows else { return [rows.rowShape] }
    return joined.parts.map(\.rowShape)
  }

  /// Reads features as bytes.
  public func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(PipelineError) {
    try read(rows, of: { $0.features }, rowLayout.featureCount, into: buffer)
  }

  /// Reads features, converted.
  public func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try read(rows, of: { $0.features }, rowLayout.featureCount, into: buffer)
  }

  /// Reads targets, converted.
  public func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    guard let grid else { return try readRowTargets(rows, into: buffer) }
    try read(endsOf: rows, of: grid, rowLayout.targetCount, into: buffer) { $0.targets }
  }

  /// Reads weights, converted.
  public func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    guard let grid else {
      return try read(rows: rows, rowLayout.weightCount, into: buffer) { $0.weights }
    }
    try read(endsOf: rows, of: grid, rowLayout.weightCount, into: buffer) { $0.weights }
  }

  /// Reads targets of the files' own rows, also where there are windows of them.
  func readRowTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try read(rows: rows, rowLayout.targetCount, into: buffer) { $0.targets }
  }

  /// The files' own rows behind some rows of the source, or behind all: ranges in one file each.
  func fileRows(_ rows: RowSet?) -> [Range<Int>] {
    let rows = rows ?? RowSet(rowCount: layout.rowCount)
    if let grid { return grid.rows(of: rows) }
    var parts: [Range<Int>] = []
    for run in rows.runs {
      var row = run.lowerBound
      while row < run.upperBound {
        let end = min(run.upperBound, starts[fileIndex(of: row) + 1])
        parts.append(row..<end)
        row = end
      }
    }
    return parts
  }

  private func read<E: Element>(
    _ rows: Range<Int>, of part: (FileRows) -> (any NamedRows)?, _ width: Int,
    into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    if let grid {
      precondition(
        rows.lowerBound >= 0 && rows.upperBound <= grid.count, "\(rows): no such windows")
      try read(windows: rows, of: grid, width, into: buffer, part)
    } else {
      try read(rows: rows, width, into: buffer, part)
    }
  }

  /// The most rows of a table's columns that are read at a time.
  ///
  /// - Throws: where the first file is to be opened again, and has changed.
  func cellRowCount() throws(PipelineError) -> Int {
    (try file(0).features as? TableRows)?.blockRowCount ?? 1
  }

  /// Reads cells of a table's columns, by their places in the schema, of rows of one file.
  func readCells(
    _ rows: Range<Int>, into columns: [(index: Int, column: CellColumn)]
  ) throws(PipelineError) {
    let index = fileIndex(of: rows.lowerBound)
    precondition(rows.upperBound <= starts[index + 1], "\(rows): rows of two files")
    guard let table = try file(index).features as? TableRows else {
      preconditionFailure("\(featureName) is no table")
    }
    try table.read(
      rows.lowerBound - starts[index]..<rows.upperBound - starts[index], into: columns)
  }

  /// Reads `rows`, of `width` numbers each, of as many files as they reach over.
  func read<E: Element>(
    rows: Range<Int>, _ width: Int, into buffer: UnsafeMutableBufferPointer<E>,
    _ part: (FileRows) -> (any NamedRows)?
  ) throws(PipelineError) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= rowLayout.rowCount, "\(rows): no such rows")
    var row = rows.lowerBound
    var index = fileIndex(of: row)
    while row < rows.upperBound {
      let end = min(rows.upperBound, starts[index + 1])
      let place = row - rows.lowerBound
      guard let source = part(try file(index)) else {
        preconditionFailure("\(featureName): there are no such numbers in its rows")
      }
      try source.read(
        row - starts[index]..<end - starts[index],
        into: UnsafeMutableBufferPointer(
          rebasing: buffer[place * width..<(place + end - row) * width]))
      row = end
      index += 1
    }
  }

  /// The file that `row` is in.
  private func fileIndex(of row: Int) -> Int {
    lastPlace(of: paths.count, startingBy: row) { starts[$0] }
  }

  /// A file, opened again where it was closed, in place of the one that was not used for the longest.
  private func file(_ index: Int) throws(PipelineError) -> FileRows {
    if let last = open.last, last.index == index { return last.rows }
    if let place = open.firstIndex(where: { $0.index == index }) {
      open.append(open.remove(at: place))
    } else {
      if open.count >= Self.mostOpenFiles { open.removeFirst() }
      let rows = try FileRows(source, in: paths[index], transform)
      guard rows.rowCount == starts[index + 1] - starts[index],
        rows.features.rowShape == rowLayout.featureShape,
        rows.targets?.rowShape == rowLayout.targetShape
      else {
        throw PipelineError(
          "\(paths[index]): has changed since it was looked at first: start again, and leave the data "
            + "files alone meanwhile", exitCode: ExitCode.inputOutput)
      }
      open.append((index, rows))
    }
    return open[open.count - 1].rows
  }
}

@available(*, unavailable)
extension HDF5Source: Sendable {}
