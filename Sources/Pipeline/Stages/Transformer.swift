public import HDF5

/// A fitted stage: it turns rows of one shape into rows of another, always in the same way.
public protocol Transformer: Sendable {
  /// The stage's name in a job file and in a model file.
  static var name: String { get }
  /// What the stage does with missing values, which are NaN.
  static var missing: MissingRule { get }
  /// The shape of a row behind the stage.
  var outputShape: [Int] { get }
  /// The stage as `scale * x + offset`, when it is no more than that: such stages run as one.
  var affine: Affine? { get }
  /// Writes `rowCount` transformed rows to `output`; allocates nothing.
  ///
  /// - Throws: `PipelineError` for a value that the stage cannot work with.
  func transform(
    _ rows: UnsafePointer<Float>, rowCount: Int, into output: UnsafeMutablePointer<Float>
  ) throws(PipelineError)

  /// Writes what the stage knows as attributes and data sets.
  func write(to group: borrowing Group) throws(HDF5Error)
  /// Reads what `write(to:)` has written, for rows of `shape`.
  init(from group: borrowing Group, shape: [Int]) throws(PipelineError)
}

extension Transformer {
  /// Most stages need numbers.
  public static var missing: MissingRule { .refuses }
}
