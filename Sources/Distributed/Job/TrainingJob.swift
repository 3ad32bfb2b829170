public import Configuration
public import NN
public import Pipeline

/// All that a job file says: what to train on, what to train, how, where, and what to write.
public struct TrainingJob: Sendable {
  /// `data`: the rows.
  public var data: DataConfiguration
  /// `pipeline`: what happens to a row before the network sees it.
  public var pipeline: PipelineConfiguration
  /// `network`: the layers.
  public var network: NetworkConfiguration
  /// `training`: loss, optimizer, batch size, epochs.
  public var training: TrainingConfiguration
  /// `distribution`: how the ranks work together.
  public var distribution: DistributionConfiguration
  /// `output`: the files that training writes.
  public var output: OutputConfiguration

  /// Decodes a job file's tree.
  ///
  /// Every key is used or reported: an unknown key or value is an error that names the key, its
  /// line and the nearest valid spelling. The section `search` is `sounder search`'s and is skipped.
  public init(value: Value) throws(ConfigurationError) {
    var options = try Options(value)
    // A misspelled section is reported as such before the right one is missed.
    for section in Self.sections + ["search"] { _ = options.value(section) }
    try options.finish()
    var data = try options.requiredOptions("data")
    self.data = try DataConfiguration(options: &data)
    try data.finish()
    var pipeline = try Self.optional("pipeline", &options)
    self.pipeline = try PipelineConfiguration(options: &pipeline)
    try pipeline.finish()
    var network = try options.requiredOptions("network")
    self.network = try NetworkConfiguration(options: &network)
    try network.finish()
    var training = try options.requiredOptions("training")
    self.training = try TrainingConfiguration(options: &training)
    try training.finish()
    var distribution = try Self.optional("distribution", &options)
    self.distribution = try DistributionConfiguration(options: &distribution)
    try distribution.finish()
    var output = try options.requiredOptions("output")
    self.output = try OutputConfiguration(options: &output)
    try output.finish()
    try lock(distribution)
    try checkRule(distribution)
    try checkWeights(output)
    try align(data)
    try checkTable(data)
  }

  /// Stages of a table need columns with names, and `index` one target.
  private func checkTable(_ options: Options) throws(ConfigurationError) {
    var sources = [("train", data.train)]
    if case .source(let other) = data.validation { sources.append(("validation", other)) }
    for (key, source) in sources {
      if let name = source.programName, !pipeline.table.isEmpty || pipeline.targetClasses != nil {
        let what =
          pipeline.table.isEmpty
          ? "pipeline.target begins with index, which numbers the texts"
          : "pipeline.table works on the columns"
        throw options.error(
          "\(what) of files, and '\(name)' are rows of numbers that a program reads by itself: leave it out, or "
            + "name files", key)
      }
      if !pipeline.table.isEmpty {
        guard source.table != nil else {
          throw options.error(
            "pipeline.table works on the columns of a table: name one, as in `table: houses`", key)
        }
        guard source.featureParts.isEmpty else {
          throw options.error(
            "pipeline.table makes one row of features, and these are for several inputs: list columns",
            key)
        }
      }
      guard pipeline.targetClasses != nil else { continue }
      guard source.targetParts.count < 2, source.targetColumns.count < 2 else {
        throw options.error(
          "pipeline.target begins with index, which numbers one target, and there are several", key)
      }
    }
  }

  /// Puts several data sets of features and targets in the order of the network's inputs and outputs.
  private mutating func align(_ options: Options) throws(ConfigurationError) {
    let (inputs, outputs) = (network.inputs?.map(\.name), network.outputs)
    func aligned(
      _ source: DataSource, _ key: String
    ) throws(ConfigurationError) -> DataSource {
      let (features, targets) = (source.featureParts, source.targetParts)
      if features.count > 1, inputs == nil {
        throw options.error(
          "features are several data sets: name the network's inputs with their shapes "
            + "(network.inputs)", key)
      }
      if targets.count > 1, outputs == nil {
        throw options.error(
          "the target is several data sets: name the network's outputs (network.outputs)", key)
      }
      do throws(PipelineError) {
        return try source.aligned(
          inputs: inputs ?? features.map(\.name), outputs: outputs ?? targets.map(\.name))
      } catch { throw options.error(error.description, key) }
    }
    data.train = try aligned(data.train, "train")
    if case .source(let source) = data.validation {
      data.validation = .source(try aligned(source, "validation"))
    }
  }

  /// The sections of a job file, but for a search's.
  static let sections = [
    "data", "pipeline", "network", "training", "distribution", "output",
  ]

  /// `use_locking: true` of TensorFlow 1 is `distribution.mode: locked`, which it sets where the job
  /// file names no mode; beside a mode in which updates overlap it is an error.
  private mutating func lock(_ options: Options) throws(ConfigurationError) {
    guard training.optimizer.common.usesLocking, distribution.mode is HogwildMode else { return }
    if options.contains("mode") || distribution.exchange != .auto {
      throw options.error(
        "hogwild updates without a lock, and the optimizer has use_locking: true: set "
          + "distribution.mode to locked, or remove use_locking",
        options.contains("mode") ? "mode" : "exchange")
    }
    distribution.mode = LockedMode()
  }

  /// A rule that computes the weights anew from its own sums would forget what a mode does to them.
  private func checkRule(_ options: Options) throws(ConfigurationError) {
    let optimizer = training.optimizer
    guard optimizer.recomputesParameters else { return }
    if case .learningRate = distribution.correction {
      throw options.error(
        "\(type(of: optimizer).name) computes the weights anew from the gradients that it has seen, so "
          + "a smaller learning rate would scale them all: take inverse, or another optimizer",
        "staleness_correction")
    }
    guard distribution.mode.changesWeights else { return }
    throw options.error(
      "\(type(of: optimizer).name) computes the weights anew from the gradients that it has seen, and "
        + "mode \(distribution.modeName) changes each worker's weights in between: take mode hogwild, "
        + "locked, sync, or downpour without pull_interval, or another optimizer", "mode")
  }

  private static func optional(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> Options {
    if let section = try options.options(key) { return section }
    return try Options(Value(.null), at: [key])
  }

  /// The job as a tree again, with every default written out.
  public var value: Value {
    [
      "data": data.value, "pipeline": pipeline.value, "network": network.value,
      "training": training.value, "distribution": distribution.value, "output": output.value,
    ]
  }
}
