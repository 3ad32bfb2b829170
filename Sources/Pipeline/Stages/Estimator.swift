public import Configuration

/// A stage as the job file names it, before it has seen data.
public protocol Estimator: PipelineStage {
  /// What a pass over rows finds out.
  associatedtype Statistics: MergeableStatistics
  /// The stage that has learnt what it needs.
  associatedtype Fitted: Transformer

  /// Takes the stage's keys from the job file.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them.
  var value: Value { get }
  /// Empty statistics for rows of `shape`; nil when the stage learns nothing from data.
  func statistics(for shape: [Int]) -> Statistics?
  /// Empty statistics of another pass over the same rows, when `statistics`, which are those of all
  /// rows, do not suffice; nil when they do. Every process asks with the same numbers.
  ///
  /// - Throws: `PipelineError` for data that the stage cannot work with.
  func statistics(
    after statistics: Statistics, shape: [Int]
  ) throws(PipelineError) -> Statistics?
  /// The stage for rows of `shape`, with what was learnt where `statistics(for:)` asked for it.
  ///
  /// - Throws: `PipelineError` for data that the stage cannot work with.
  func fitted(to statistics: Statistics?, shape: [Int]) throws(PipelineError) -> Fitted
  /// The shape of a row behind the stage; nil when only the data tell.
  func outputShape(for shape: [Int]) throws(PipelineError) -> [Int]?
  /// Whether the stage makes of each number of a row another one, in its place.
  var keepsColumns: Bool { get }
}

extension Estimator {
  /// The stage's name in a job file and in a model file.
  public static var name: String { Fitted.name }
  /// What the fitted stage does with missing values, which are NaN.
  static var missingRule: MissingRule { Fitted.missing }

  /// They become others, as many as `outputShape(for:)` says.
  public var keepsColumns: Bool { false }

  /// None: most stages learn all they need in one pass.
  public func statistics(
    after statistics: Statistics, shape: [Int]
  ) throws(PipelineError) -> Statistics? { nil }
}
