/// Rows of features, and of targets where there are any, that can be read in any order of ranges.
///
/// A source that a program writes plugs in like the built-in ones: `DataSource(named:open:)` makes data of it that are
/// trained on, evaluated and predicted. Each thread opens a source of its own, and no two of its calls overlap; all
/// that are opened for the same data have the same rows. Features as numbers are all that has to be there.
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
  /// Reads features, converted: `rows.count` rows of `layout.featureCount` numbers, which fill `buffer`.
  ///
  /// The same rows may be asked for again, in any order, and each gives the same numbers each time.
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
  /// The features' name, and that these are the targets.
  public var targetName: String { "\(featureName) (targets)" }

  /// Most sources have no bytes.
  ///
  /// - Throws: `PipelineError`: the layout says that there are some.
  public func readFeatures(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(PipelineError) {
    throw PipelineError(
      "\(featureName): its layout says that features are bytes, and it reads none: write the readFeatures that "
        + "fills bytes, or leave hasByteFeatures out")
  }

  /// Data to predict on have no targets.
  ///
  /// - Throws: `PipelineError`: the layout says that there are some.
  public func readTargets(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    throw PipelineError(
      "\(featureName): its layout has targets, and it reads none: write readTargets, or leave targetShape out"
    )
  }

  /// There are none.
  public var weightName: String { "\(featureName) (without weights)" }

  /// Most sources have no weights.
  ///
  /// - Throws: `PipelineError`: the layout says that there are some.
  public func readWeights(
    _ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(PipelineError) {
    throw PipelineError(
      "\(featureName): its layout has weights, and it reads none: write readWeights, or leave weightShape out"
    )
  }
}
