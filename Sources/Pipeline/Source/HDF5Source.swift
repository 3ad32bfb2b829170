import Configuration
import HDF5

/// Data sets of an HDF5 file, features, targets and weights, row by row.
///
/// Not sendable: each thread opens its own.
public final class HDF5Source: RowSource {
  /// Count and form of the rows.
  public let layout: RowLayout
  private let features: JoinedRows
  private let targets: JoinedRows?
  private let weights: NumberRows?

  /// Opens the data sets that `source` names.
  ///
  /// - Throws: `PipelineError` for a missing file or data set, texts instead of numbers, data sets
  ///   of different lengths, data sets without axes or rows, rows that were never written or are
  ///   longer than `source` allows.
  public init(_ source: DataSource) throws(PipelineError) {
    let all = try JoinedRows(
      source.featureParts.isEmpty ? [source.features] : source.featureParts.map(\.dataset),
      in: source.file)
    features = all
    if let target = source.target {
      targets = try JoinedRows(
        source.targetParts.isEmpty ? [target] : source.targetParts.map(\.dataset), in: source.file)
    } else {
      targets = nil
    }
    if let name = source.weights {
      weights = try NumberRows(name, in: source.file)
    } else {
      weights = nil
    }
    for other in [targets?.parts ?? [], weights.map { [$0] } ?? []].flatMap({ $0 })
    where other.rowCount != all.rowCount {
      throw PipelineError(
        "\(all.parts[0].name) has \(all.rowCount) rows, but \(other.name) has "
          + "\(other.rowCount): name two data sets that belong together")
    }
    layout = RowLayout(
      rowCount: all.rowCount, featureShape: all.rowShape, targetShape: targets?.rowShape,
      weightShape: weights?.rowShape, hasByteFeatures: all.isBytes,
      chunkRowCount: all.parts[0].dataset.chunkShape?.first)
    if let limit = source.largestRowByteCount, layout.rowByteCount > limit {
      throw PipelineError(
        "\(all.name) has rows of \(layout.featureShape) with targets of "
          + "\(layout.targetShape ?? []): one takes \(layout.rowByteCount) bytes in memory, but "
          + "data.memory is \(limit): raise it, or make rows smaller (they are the first axis)")
    }
  }

  /// File and data set of the features.
  public var featureName: String { features.name }
  /// File and data set of the targets.
  public var targetName: String { targets?.name ?? "\(features.name) (opened without targets)" }
  /// File and data set of the weights.
  public var weightName: String { weights?.name ?? "\(features.name) (opened without weights)" }
  /// The shapes of the data sets' rows that a row of features, and of targets, is made of.
  public var partShapes: (features: [[Int]], targets: [[Int]]) {
    (features.parts.map(\.rowShape), targets?.parts.map(\.rowShape) ?? [])
  }

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

  /// Reads weights, converted.
  public func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    guard let weights else { preconditionFailure(weightName) }
    try weights.read(rows, into: buffer)
  }
}

@available(*, unavailable)
extension HDF5Source: Sendable {}

/// Data sets whose rows stand one after the other in a row.
private struct JoinedRows {
  let parts: [NumberRows]

  init(_ names: [String], in file: String) throws(PipelineError) {
    var parts: [NumberRows] = []
    for name in names { parts.append(try NumberRows(name, in: file)) }
    for part in parts where part.rowCount != parts[0].rowCount {
      throw PipelineError(
        "\(parts[0].name) has \(parts[0].rowCount) rows, but \(part.name) has \(part.rowCount): name "
          + "data sets that belong together")
    }
    self.parts = parts
    guard rowShape.elementCount <= Int(Int32.max) else {
      throw PipelineError("\(name): together they have more numbers in a row than fit into memory")
    }
  }

  var name: String { parts.map(\.name).joined(separator: ", ") }
  var rowCount: Int { parts[0].rowCount }
  /// Of one data set its own shape, of several the sum of their numbers.
  var rowShape: [Int] {
    parts.count == 1 ? parts[0].rowShape : [parts.reduce(0) { $0 + $1.rowShape.elementCount }]
  }
  var isBytes: Bool { parts.allSatisfy { $0.dataset.elementType == .uint8 } }

  func read<E: Element>(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<E>
  ) throws(PipelineError) {
    guard parts.count > 1 else { return try parts[0].read(rows, into: buffer) }
    guard let base = buffer.baseAddress, !rows.isEmpty else { return }
    let width = rowShape.elementCount
    var start = 0
    for part in parts {
      let count = part.rowShape.elementCount
      let block = UnsafeMutableBufferPointer<E>.allocate(capacity: rows.count * count)
      defer { block.deallocate() }
      try part.read(rows, into: block)
      if let source = block.baseAddress {
        for row in 0..<rows.count {
          (base + row * width + start).update(from: source + row * count, count: count)
        }
      }
      start += count
    }
  }
}

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
