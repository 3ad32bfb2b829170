/// Rows of features, and of targets where there are any, that can be read in any order of ranges.
///
/// Each thread opens a source of its own. A source that a user writes plugs in like the built-in
/// ones.
public protocol RowSource {
  /// Count and form of the rows.
  var layout: RowLayout { get }
  /// Names the features, and the targets, in messages: `data.h5: '/train/features'`.
  var featureName: String { get }
  /// Names the targets in messages.
  var targetName: String { get }
  /// Names the weights in messages.
  var weightName: String { get }

  /// Reads features as bytes; only asked for when the layout says that they are.
  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(PipelineError)
  /// Reads features, converted.
  func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError)
  /// Reads targets, converted; only asked for when the layout has some.
  func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError)
  /// Reads weights; only asked for when the layout has some.
  func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError)
}

extension RowSource {
  /// There are none.
  public var weightName: String { "\(featureName) (without weights)" }

  /// Never asked for: most sources have no weights.
  public func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    preconditionFailure(weightName)
  }
}
