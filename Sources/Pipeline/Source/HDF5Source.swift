import Configuration
import HDF5

/// Two data sets of an HDF5 file, features and targets, row by row.
///
/// Not sendable: each thread opens its own.
public final class HDF5Source: RowSource {
  /// Count and form of the rows.
  public let layout: RowLayout
  private let features: NumberRows
  private let targets: NumberRows?

  /// Opens the data sets that `source` names.
  ///
  /// - Throws: `PipelineError` for a missing file or data set, texts instead of numbers, data sets
  ///   of different lengths, data sets without axes or rows, rows that were never written or are
  ///   longer than `source` allows.
  public init(_ source: DataSource) throws(PipelineError) {
    features = try NumberRows(source.features, in: source.file)
    if let target = source.target {
      targets = try NumberRows(target, in: source.file)
    } else {
      targets = nil
    }
    if let targets, targets.rowCount != features.rowCount {
      throw PipelineError(
        "\(features.name) has \(features.rowCount) rows, but \(targets.name) has "
          + "\(targets.rowCount): name two data sets that belong together")
    }
    layout = RowLayout(
      rowCount: features.rowCount, featureShape: features.rowShape, targetShape: targets?.rowShape,
      hasByteFeatures: features.dataset.elementType == .uint8,
      chunkRowCount: features.dataset.chunkShape?.first)
    if let limit = source.largestRowByteCount, layout.rowByteCount > limit {
      throw PipelineError(
        "\(features.name) has rows of \(layout.featureShape) with targets of "
          + "\(layout.targetShape ?? []): one takes \(layout.rowByteCount) bytes in memory, but "
          + "data.memory is \(limit): raise it, or make rows smaller (they are the first axis)")
    }
  }

  /// File and data set of the features.
  public var featureName: String { features.name }
  /// File and data set of the targets.
  public var targetName: String { targets?.name ?? "\(features.name) (opened without targets)" }

  /// Reads features as bytes.
  public func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(PipelineError) {
    try features.read(rows, into: buffer)
  }

  /// Reads features, converted.
  public func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    try features.read(rows, into: buffer)
  }

  /// Reads targets, converted.
  public func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    guard let targets else { preconditionFailure(targetName) }
    try targets.read(rows, into: buffer)
  }
}

@available(*, unavailable)
extension HDF5Source: Sendable {}

/// A data set whose first axis counts rows of numbers.
private final class NumberRows {
  let dataset: Dataset
  /// File and data set.
  let name: String

  init(_ name: String, in file: String) throws(PipelineError) {
    do { dataset = try File(opening: file).dataset(name) } catch { throw PipelineError(error) }
    self.name = "\(file): '\(dataset.path)'"
    guard dataset.elementType.isNumber else {
      throw PipelineError(
        "\(self.name) holds \(dataset.elementType), but numbers are needed: name another data set, "
          + "or convert it")
    }
    guard !dataset.shape.isEmpty else {
      throw PipelineError(
        "\(self.name) is a single number without axes, but rows are needed: name another data set")
    }
    guard dataset.rowCount > 0, dataset.rowWidth > 0 else {
      throw PipelineError(
        "\(self.name) is empty (its shape is \(dataset.shape)): fill it, or name another data set")
    }
    guard dataset.rowWidth <= Int(Int32.max) else {
      throw PipelineError(
        "\(self.name) has \(dataset.rowWidth) numbers in each row (its shape is "
          + "\(dataset.shape)), but a row must fit into memory: rows are the first axis")
    }
    do { try dataset.checkWritten() } catch { throw PipelineError(error) }
  }

  var rowCount: Int { dataset.rowCount }
  var rowShape: [Int] { Array(dataset.shape.dropFirst()) }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    do { try dataset.read(rows: rows, into: buffer) } catch { throw PipelineError(error) }
  }
}
