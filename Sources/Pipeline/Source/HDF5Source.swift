import Configuration
import HDF5

/// Data sets of HDF5 files, features, targets and weights, row by row.
///
/// Of several files the rows stand one behind the other. Each is opened once to be checked, and then as it
/// is needed; few are open at a time. Not sendable: each thread opens its own.
public final class HDF5Source: RowSource {
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
  /// The shapes of the data sets' rows that a row of features, and of targets, is made of.
  public let partShapes: (features: [[Int]], targets: [[Int]])
  private let source: DataSource
  private let paths: [String]
  /// The row at which each file begins, and behind the last.
  private let starts: [Int]
  /// Files that are open, the one that was used last at the end.
  private var open: [(index: Int, rows: FileRows)] = []

  /// Opens the data sets that `source` names, in all of its files.
  ///
  /// - Throws: `PipelineError` for a missing file or data set, texts instead of numbers, data sets
  ///   of different lengths, data sets without axes or rows, rows that were never written or are
  ///   longer than `source` allows, files whose rows differ in form.
  public init(_ source: DataSource) throws(PipelineError) {
    let paths = try source.paths()
    self.source = source
    self.paths = paths
    let first = try FileRows(source, in: paths[0])
    open.append((0, first))
    var starts = [0, first.rowCount]
    var chunkRowCount = first.features.chunkRowCount
    for (index, path) in paths.enumerated().dropFirst() {
      let rows = try FileRows(source, in: path)
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
    partShapes = (
      Self.shapes(first.features, source.featureParts),
      first.targets.map { Self.shapes($0, source.targetParts) } ?? []
    )
    layout = RowLayout(
      rowCount: starts[paths.count], featureShape: first.features.rowShape,
      targetShape: first.targets?.rowShape, weightShape: first.weights?.rowShape,
      hasByteFeatures: first.features.isBytes, chunkRowCount: chunkRowCount,
      fileStarts: paths.count == 1 ? [] : starts.dropLast())
    if let limit = source.largestRowByteCount, layout.rowByteCount > limit {
      throw PipelineError(
        "\(featureName) has rows of \(layout.featureShape) with targets of "
          + "\(layout.targetShape ?? []): one takes \(layout.rowByteCount) bytes in memory, but "
          + "data.memory is \(limit): raise it, or make rows smaller (they are the first axis)")
    }
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
    try read(rows, layout.featureCount, into: buffer) { $0.features }
  }

  /// Reads features, converted.
  public func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try read(rows, layout.featureCount, into: buffer) { $0.features }
  }

  /// Reads targets, converted.
  public func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try read(rows, layout.targetCount, into: buffer) { $0.targets }
  }

  /// Reads weights, converted.
  public func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try read(rows, layout.weightCount, into: buffer) { $0.weights }
  }

  /// Reads `rows`, of `width` numbers each, of as many files as they reach over.
  private func read<E: Element>(
    _ rows: Range<Int>, _ width: Int, into buffer: UnsafeMutableBufferPointer<E>,
    _ part: (FileRows) -> (any NamedRows)?
  ) throws(PipelineError) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= layout.rowCount, "\(rows): no such rows")
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
      let rows = try FileRows(source, in: paths[index])
      guard rows.rowCount == starts[index + 1] - starts[index],
        rows.features.rowShape == layout.featureShape,
        rows.targets?.rowShape == layout.targetShape
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
