public import Configuration

/// The section `pipeline` of a job file: what happens to features and targets before training.
public struct PipelineConfiguration: Sendable {
  /// The stages of the features, in order.
  public let features: [any Estimator]
  /// The stages of the target, in order.
  public let target: [any Estimator]
  /// What happens to images before `features`, in training alone, in order; no part of a fitted pipeline.
  public let augment: [any Augmentation]

  /// Makes a configuration.
  public init(
    features: [any Estimator] = [], target: [any Estimator] = [],
    augment: [any Augmentation] = []
  ) {
    self.features = features
    self.target = target
    self.augment = augment
  }

  /// Takes `features` and `target`, two lists of stages, and `augment`, a list of augmentations.
  public init(options: inout Options) throws(ConfigurationError) {
    features = try Self.stages("features", &options)
    target = try Self.stages("target", &options)
    var augment: [any Augmentation] = []
    for item in try options.list("augment") {
      let item = try NamedOptions(item, at: options.keyPath + ["augment"])
      augment.append(try AugmentationRegistry.augmentation(item))
    }
    self.augment = augment
  }

  /// The lists as the job file has them.
  public var value: Value {
    func list(_ stages: [any Estimator]) -> Value {
      Value(.list(stages.map { Value(.map([Value.Entry(type(of: $0).name, $0.value)])) }))
    }
    var entries: [Value.Entry] = [
      .init("features", list(features)), .init("target", list(target)),
    ]
    // Left out where it is not given: jobs of before have no such key.
    if !augment.isEmpty {
      let items = augment.map { Value(.map([Value.Entry(type(of: $0).name, $0.value)])) }
      entries.append(.init("augment", Value(.list(items))))
    }
    return Value(.map(entries))
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
  /// - Throws: `PipelineError` when a stage does not fit what stands before it, or rows to be augmented are
  ///   no images.
  public func featureShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    if !augment.isEmpty { _ = try ImageForm(shape, for: augment) }
    return try Self.outputShape(of: features, for: shape)
  }

  /// The shape of a row of targets behind all stages; nil when only the data tell.
  ///
  /// - Throws: `PipelineError` when a stage does not fit what stands before it.
  public func targetShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    try Self.outputShape(of: target, for: shape)
  }

  /// Throws when the target is as large an image as the features: it would not be augmented with them.
  public func checkAugmented(_ layout: RowLayout) throws(PipelineError) {
    guard !augment.isEmpty, let target = layout.targetShape, target.count > 1,
      target.prefix(2) == layout.featureShape.prefix(2)
    else { return }
    throw PipelineError(
      "pipeline.augment changes the features, images of the shape \(layout.featureShape), but not the "
        + "target, which has the shape \(target) and would not match them any more: leave augment out"
    )
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
