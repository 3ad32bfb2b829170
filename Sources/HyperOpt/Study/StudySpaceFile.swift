public import Configuration

extension StudySettings {
  /// Reads the parameters of a study that some other program evaluates.
  ///
  /// The file is either a job file with a section `search`, or a map of parameters by name, each as
  /// in `search.parameters`: `rate: {search: log-float, low: 1e-4, high: 1}`, beside `forbid:`.
  /// - Parameters:
  ///   - value: The file's tree.
  ///   - directions: What is better; nil: as the job file says, else `minimize`.
  ///   - sampler: The sampler; nil: as the job file says, else the default.
  ///   - pruner: The pruner; nil: as the job file says, else none.
  ///   - seed: The seed; nil: as the job file says, else 1.
  /// - Throws: `ConfigurationError` that names file and line.
  public init(
    spaceFile value: Value, directions: [Direction]? = nil, sampler: Value? = nil,
    pruner: Value? = nil, seed: UInt64? = nil
  ) throws(ConfigurationError) {
    if let section = value["search"], section["search"] == nil {
      let job = try SearchJob(value: value)
      let configuration = job.configuration
      self.init(
        space: job.space, directions: directions ?? configuration.directions,
        metricNames: directions == nil ? configuration.objectives.map(\.metric) : [],
        sampler: sampler ?? configuration.sampler.namedValue,
        pruner: pruner ?? configuration.pruner.namedValue, seed: seed ?? configuration.seed)
      return
    }
    guard case .map(let entries) = value.kind else {
      throw ConfigurationError(
        "expected parameters by name, found \(value.summary)", origin: value.origin)
    }
    for entry in entries where entry.key != "forbid" && entry.value["search"] == nil {
      throw ConfigurationError(
        "expected a parameter such as {search: float, low: 0, high: 1}, found "
          + entry.value.summary, at: [entry.key], origin: entry.value.origin)
    }
    let parameters = Value(.map(entries.filter { $0.key != "forbid" }), origin: value.origin)
    // As a command's parameters stand in a job file.
    let tree: Value = ["search": ["command": "-", "parameters": parameters]]
    let space = try OpenJob(tree).space(forbidding: value["forbid"], origin: value.origin)
    let directions = directions ?? [.minimize]
    var chosen = sampler
    if chosen == nil {
      chosen = try SamplerRegistry.preferred(objectiveCount: directions.count).namedValue
    }
    self.init(
      space: space, directions: directions, sampler: chosen ?? Self.defaultSampler,
      pruner: pruner ?? "none", seed: seed ?? 1)
  }
}
