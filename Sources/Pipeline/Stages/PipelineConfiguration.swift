public import Configuration

/// The section `pipeline` of a job file: what happens to features and targets before training.
public struct PipelineConfiguration: Sendable {
  /// The stages of the features, in order.
  public let features: [any Estimator]
  /// The stages of the target, in order.
  public let target: [any Estimator]

  /// Makes a configuration.
  public init(features: [any Estimator] = [], target: [any Estimator] = []) {
    self.features = features
    self.target = target
  }

  /// Takes `features` and `target`, two lists of stages.
  public init(options: inout Options) throws(ConfigurationError) {
    features = try Self.stages("features", &options)
    target = try Self.stages("target", &options)
  }

  /// Both lists as the job file has them.
  public var value: Value {
    func list(_ stages: [any Estimator]) -> Value {
      Value(.list(stages.map { Value(.map([Value.Entry(type(of: $0).name, $0.value)])) }))
    }
    return ["features": list(features), "target": list(target)]
  }

  /// Whether NaN in features is a missing value, which a stage fills in.
  public var acceptsMissingFeatures: Bool {
    MissingRule.accepts(features.map { type(of: $0).missingRule })
  }

  /// Whether NaN in targets is a missing value, which a stage fills in.
  public var acceptsMissingTargets: Bool {
    MissingRule.accepts(target.map { type(of: $0).missingRule })
  }

  private static func stages(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> [any Estimator] {
    var stages: [any Estimator] = []
    for item in try options.list(key) {
      let item = try NamedOptions(item, at: options.keyPath + [key])
      stages.append(try StageRegistry.estimator(item))
    }
    return stages
  }

  /// The shape of a row of features behind all stages; nil when only the data tell.
  ///
  /// - Throws: `PipelineError` when a stage does not fit what stands before it.
  public func featureShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    try Self.outputShape(of: features, for: shape)
  }

  /// The shape of a row of targets behind all stages; nil when only the data tell.
  ///
  /// - Throws: `PipelineError` when a stage does not fit what stands before it.
  public func targetShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    try Self.outputShape(of: target, for: shape)
  }

  private static func outputShape(
    of stages: [any Estimator], for shape: [Int]
  ) throws(PipelineError) -> [Int]? {
    var shape = shape
    for stage in stages {
      guard let next = try stage.outputShape(for: shape) else { return nil }
      shape = next
    }
    return shape
  }
}
