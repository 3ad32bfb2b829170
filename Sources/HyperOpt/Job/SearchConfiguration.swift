internal import Configuration

/// The section `search` of a job file: what is made best, by which means, how long.
public struct SearchConfiguration: Sendable {
  /// `objective` or `objectives`: at least one.
  public var objectives: [SearchObjective]
  /// `sampler`: proposes parameters.
  public var sampler: any Sampler
  /// `pruner`: ends trials that are not worth going on with.
  public var pruner: any Pruner
  /// `trials`, `wall_time`, `node_hours`, `target`, `trial_time`.
  public var limits: SearchLimits
  /// `ranks_per_trial`.
  public var ranksPerTrial: RanksPerTrial
  /// `seed` of the study; that of each training is the job's own.
  public var seed: UInt64
  /// `folds`: parts of the training rows, each of which validates once in a trial; 1: no folds.
  public var foldCount: Int
  /// `repeats`: trainings of a trial that differ in their seeds, at least 1.
  public var repeatCount: Int
  /// `top`: so many of the best models are kept, at least 1.
  public var topCount: Int
  /// `retries`: so often a trial is tried again whose rank was killed.
  public var retryCount: Int
  /// `constraints` on figures of a trial.
  public var constraints: [OutcomeConstraint]
  /// `warm_start`: journals of older studies to learn from.
  public var warmStart: [String]
  /// `journal`, `table`, `report`.
  public var files: SearchFiles
  /// `command` with its `report`; nil when the trials are trainings of the job.
  public var command: SearchCommand?

  /// Reads the section.
  ///
  /// - Parameters:
  ///   - options: The section; the caller finishes it.
  ///   - stem: What the files are named after.
  ///   - ranksParameter: The parameter that stands for `ranks_per_trial`, where it is searched.
  /// - Throws: `ConfigurationError` for a setting that cannot be.
  init(
    options: inout Options, stem: String, ranksParameter: String? = nil
  ) throws(ConfigurationError) {
    objectives = try Self.objectives(&options)
    sampler = try Self.sampler(&options, objectives.count)
    pruner = try Self.pruner(&options, objectives.count, sampler)
    limits = try SearchLimits(options: &options)
    if objectives.count > 1, limits.target != nil {
      throw options.error("a target takes one objective, but there are several", "target")
    }
    if let ranksParameter {
      _ = options.value("ranks_per_trial")
      ranksPerTrial = .searched(ranksParameter)
    } else if let ranks = options.value("ranks_per_trial") {
      ranksPerTrial = try RanksPerTrial(ranks, at: options.keyPath + ["ranks_per_trial"])
    } else {
      ranksPerTrial = .fixed(1)
    }
    seed = UInt64(try options.int("seed", default: 1, in: 0...Int.max))
    foldCount = try options.int("folds", default: 1, in: 1...10_000)
    repeatCount = try options.int("repeats", default: 1, in: 1...10_000)
    topCount = try options.int("top", default: 1, in: 1...1_000_000)
    retryCount = try options.int("retries", default: 1, in: 0...1000)
    constraints = []
    for item in try options.list("constraints") {
      constraints.append(try OutcomeConstraint(item, at: options.keyPath + ["constraints"]))
    }
    warmStart = try Self.texts("warm_start", &options)
    files = try SearchFiles(options: &options, stem: stem)
    command = try SearchCommand(
      options: &options, objectives: objectives.map(\.metric))
    if command == nil, case .map? = options.value("report")?.kind {
      throw options.error("expected the name of a file: only a `command` reports figures", "report")
    }
    // Read by `SearchJob`, which knows the parameters.
    _ = options.value("forbid")
    _ = options.value("parameters")
  }

  /// The directions of all objectives.
  public var directions: [Direction] { objectives.map(\.direction) }

  /// How often each trial trains: folds times repeats.
  public var runCount: Int { foldCount * repeatCount }

  /// How far figures of a trial violate the constraints: each is met when <= 0.
  public func violations(_ figures: [String: Double]) -> [Double] {
    constraints.map { $0.violation(figures) }
  }

  private static func sampler(
    _ options: inout Options, _ objectiveCount: Int
  ) throws(ConfigurationError) -> any Sampler {
    guard let given = options.value("sampler") else {
      return try SamplerRegistry.preferred(objectiveCount: objectiveCount)
    }
    let sampler = try SamplerRegistry.sampler(given, at: options.keyPath + ["sampler"])
    guard objectiveCount == 1 || type(of: sampler).takesSeveralObjectives else {
      let able = SamplerRegistry.all.filter { $0.takesSeveralObjectives }.map { $0.name }
      throw options.error(
        "the sampler takes one objective, but there are \(objectiveCount): choose one of: "
          + able.joined(separator: ", "), "sampler")
    }
    return sampler
  }

  private static func pruner(
    _ options: inout Options, _ objectiveCount: Int, _ sampler: any Sampler
  ) throws(ConfigurationError) -> any Pruner {
    guard let given = options.value("pruner") else {
      // Population-based training has two halves with the same options.
      if sampler is PBTSampler { return try PrunerRegistry.pruner(sampler.namedValue) }
      return try PrunerRegistry.preferred(objectiveCount: objectiveCount)
    }
    let pruner = try PrunerRegistry.pruner(given, at: options.keyPath + ["pruner"])
    guard objectiveCount == 1 || pruner is NoPruner else {
      throw options.error(
        "pruning takes one objective, but there are \(objectiveCount): remove the key", "pruner")
    }
    return pruner
  }

  private static func objectives(
    _ options: inout Options
  ) throws(ConfigurationError) -> [SearchObjective] {
    let items: [Value]
    let key = options.contains("objectives") ? "objectives" : "objective"
    if key == "objectives" {
      if options.value("objective") != nil {
        throw options.error("give either objective or objectives", "objective")
      }
      items = try options.list(key)
      guard !items.isEmpty else { throw options.error("at least one objective is needed", key) }
    } else {
      guard let value = options.value(key) else {
        throw options.error("the key 'objective' is missing: say what is to be made best", key)
      }
      items = [value]
    }
    var result: [SearchObjective] = []
    for item in items {
      let objective = try SearchObjective(item, at: options.keyPath + [key])
      guard !result.contains(where: { $0.metric == objective.metric }) else {
        throw options.error("'\(objective.metric)' stands twice", key, item)
      }
      result.append(objective)
    }
    return result
  }

  private static func texts(
    _ key: String, _ options: inout Options
  ) throws(ConfigurationError) -> [String] {
    if case .string(let text)? = options.value(key)?.kind { return [text] }
    var texts: [String] = []
    for item in try options.list(key) {
      guard case .string(let text) = item.kind, !text.isEmpty else {
        throw options.error("expected names of files, found \(item.summary)", key, item)
      }
      texts.append(text)
    }
    return texts
  }
}

extension SamplerRegistry {
  /// The sampler of a job that names none: the best for as many objectives.
  static func preferred(objectiveCount: Int) throws(ConfigurationError) -> any Sampler {
    let order = ["gp", "ehvi", "gp-hypervolume", "nsga2", "nsga-ii", "tpe", "random"]
    let able = all.filter { objectiveCount == 1 || $0.takesSeveralObjectives }.map { $0.name }
    return try sampler(Value(.string(order.first { able.contains($0) } ?? "random")))
  }
}

extension PrunerRegistry {
  /// The pruner of a job that names none: learning-curve extrapolation, where there is a curve.
  static func preferred(objectiveCount: Int) throws(ConfigurationError) -> any Pruner {
    let name = all.contains { $0.name == "curve" } && objectiveCount == 1 ? "curve" : "none"
    return try pruner(Value(.string(name)))
  }
}
