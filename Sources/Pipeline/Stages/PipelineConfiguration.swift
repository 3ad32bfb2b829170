public import Configuration

/// The section `pipeline` of a job file: what happens to features and targets before training.
public struct PipelineConfiguration: Sendable {
  /// The stages that make a row of features of the columns of a table, in order; empty where rows are read.
  public let table: [any TableStage]
  /// Rows that follow on each other and are one; nil: each is one by itself.
  public let window: RowWindow?
  /// How the texts of the target are numbered, before its stages; nil where it holds numbers.
  public let targetClasses: CategoryOrder?
  /// The stages of the features, in order.
  public let features: [any Estimator]
  /// The stages of the target, in order.
  public let target: [any Estimator]
  /// What happens to images before `features`, in training alone, in order; no part of a fitted pipeline.
  public let augment: [any Augmentation]
  /// A file with a pipeline that was fitted before, by itself or for a model, in place of all stages; nil: none.
  public let file: String?

  /// Makes a configuration.
  public init(
    features: [any Estimator] = [], target: [any Estimator] = [],
    augment: [any Augmentation] = [], table: [any TableStage] = [],
    targetClasses: CategoryOrder? = nil, window: RowWindow? = nil, file: String? = nil
  ) {
    self.file = file
    self.window = window
    self.table = table
    self.targetClasses = targetClasses
    self.features = features
    self.target = target
    self.augment = augment
  }

  /// Takes `table`, `features` and `target`, three lists of stages, and `window`, or `file` in place of all of
  /// these, and `augment`, a list of augmentations.
  public init(options: inout Options) throws(ConfigurationError) {
    if options.value("file") != nil {
      file = try options.string("file")
      let others = ["table", "window", "features", "target"].filter { options.contains($0) }
      guard others.isEmpty else {
        throw options.error(
          "the file has the stages already: leave \(others.joined(separator: ", ")) out, or the file",
          "file")
      }
    } else {
      file = nil
    }
    table = try TableStageRegistry.stages(
      try options.list("table"), at: options.keyPath + ["table"])
    if var own = try options.options("window") {
      window = try RowWindow(options: &own)
      try own.finish()
    } else {
      window = nil
    }
    if window != nil, table.contains(where: \.leavesOut) {
      throw options.error(
        "`unknown: skip` leaves rows out, and others would join to windows that there are not: choose "
          + "error or keep", "window")
    }
    features = try Self.stages("features", &options)
    targetClasses = try Self.classes(&options)
    target = try Self.stages("target", &options, skipping: targetClasses == nil ? 0 : 1)
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
    var targets: [Value] = []
    if let targetClasses {
      let order = targetClasses == .frequency ? "frequency_desc" : "alphabetical"
      targets.append(["index": ["order": Value(.string(order))]])
    }
    if case .list(let stages) = list(target).kind { targets += stages }
    var entries: [Value.Entry] = [
      .init("features", list(features)), .init("target", Value(.list(targets))),
    ]
    if let file { entries = [.init("file", Value(.string(file)))] }
    if let window { entries.insert(.init("window", window.value), at: 0) }
    if !table.isEmpty {
      let stages = table.map { Value(.map([Value.Entry(type(of: $0).name, $0.value)])) }
      entries.insert(.init("table", Value(.list(stages))), at: 0)
    }
    // Left out where it is not given: jobs of before have no such key.
    if !augment.isEmpty {
      let items = augment.map { Value(.map([Value.Entry(type(of: $0).name, $0.value)])) }
      entries.append(.init("augment", Value(.list(items))))
    }
    return Value(.map(entries))
  }

  /// Whether NaN in features is a missing value, which a stage fills in.
  public var acceptsMissingFeatures: Bool {
    if file != nil { return (try? fittedBefore())?.features.acceptsMissing == true }
    return MissingRule.accepts(features.map { type(of: $0).missingRule })
  }

  /// Whether NaN in targets is a missing value, which a stage fills in.
  public var acceptsMissingTargets: Bool {
    if file != nil { return (try? fittedBefore())?.target.acceptsMissing == true }
    return MissingRule.accepts(target.map { type(of: $0).missingRule })
  }

  /// The stage `index` at the beginning of `target`: it numbers texts, which no other stage can take.
  private static func classes(
    _ options: inout Options
  ) throws(ConfigurationError) -> CategoryOrder? {
    guard let first = try options.list("target").first else { return nil }
    let item = try NamedOptions(first, at: options.keyPath + ["target"])
    guard item.name == Index.name else { return nil }
    var own = item.options
    let order = try own.choice(
      "order", among: ["alphabetical", "frequency_desc"], default: "alphabetical")
    try own.finish()
    return order == "alphabetical" ? .alphabetical : .frequency
  }

  private static func stages(
    _ key: String, _ options: inout Options, skipping count: Int = 0
  ) throws(ConfigurationError) -> [any Estimator] {
    var stages: [any Estimator] = []
    for item in try options.list(key).dropFirst(count) {
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
    if let fitted = try fittedBefore() { return try fitted.features.shape(for: shape, "features") }
    return try Self.outputShape(of: features, for: shape)
  }

  /// The shape of a row of targets behind all stages; nil when only the data tell.
  ///
  /// - Throws: `PipelineError` when a stage does not fit what stands before it.
  public func targetShape(for shape: [Int]) throws(PipelineError) -> [Int]? {
    if let fitted = try fittedBefore() { return try fitted.target.shape(for: shape, "the target") }
    return try Self.outputShape(of: target, for: shape)
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
