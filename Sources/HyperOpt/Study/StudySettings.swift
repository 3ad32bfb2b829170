public import Configuration

/// What makes a study the study that it is; stored in its journal with the first line.
public struct StudySettings: Sendable {
  /// The study's name.
  public var name: String
  /// The hyperparameters.
  public var space: SearchSpace
  /// One direction for each objective.
  public var directions: [Direction]
  /// One name for each objective; empty when they have none.
  public var metricNames: [String]
  /// The sampler's name, alone or with options.
  public var sampler: Value
  /// The pruner's name, alone or with options.
  public var pruner: Value
  /// What all random choices derive from.
  public var seed: UInt64
  /// The outcome constraints, as written.
  public var constraints: [String]
  /// What is searched: two studies of different jobs differ here.
  public var job: Value

  /// Makes settings.
  public init(
    name: String = "study", space: SearchSpace, directions: [Direction] = [.minimize],
    metricNames: [String] = [], sampler: Value = StudySettings.defaultSampler,
    pruner: Value = "none", seed: UInt64 = 1, constraints: [String] = [], job: Value = nil
  ) {
    self.name = name
    self.space = space
    self.directions = directions
    self.metricNames = metricNames
    self.sampler = sampler
    self.pruner = pruner
    self.seed = seed
    self.constraints = constraints
    self.job = job
  }

  /// `gp` where this build has it, else `random`.
  public static var defaultSampler: Value {
    SamplerRegistry.all.contains { $0.name == "gp" } ? "gp" : "random"
  }

  /// The version of the settings' form in the journal.
  static let format = 1
  static let key = "sounder:settings"
  static let olderKey = "sounder:older"
  static let metricNamesKey = "study:metric_names"
}

extension StudySettings {
  /// The settings as the journal has them.
  var journalValue: Value {
    [
      "format": Value(.int(Self.format)), "space": space.journalValue,
      "metrics": Value(.list(metricNames.map { Value(.string($0)) })), "sampler": sampler,
      // As a text: not every reader of JSON has 64-bit whole numbers.
      "pruner": pruner, "seed": Value(.string("\(seed)")),
      "constraints": Value(.list(constraints.map { Value(.string($0)) })), "job": job,
    ]
  }

  /// Reads what `journalValue` gives; nil for anything else.
  init?(_ value: Value, name: String, _ directions: [Direction]) {
    guard value["format"]?.int == Self.format,
      let space = value["space"].flatMap(SearchSpace.init(journalValue:)),
      let seed = value["seed"]?.text.flatMap({ UInt64($0) }), let sampler = value["sampler"],
      let pruner = value["pruner"]
    else { return nil }
    self.init(
      name: name, space: space, directions: directions,
      metricNames: (value["metrics"]?.items ?? []).compactMap(\.text), sampler: sampler,
      pruner: pruner, seed: seed,
      constraints: (value["constraints"]?.items ?? []).compactMap(\.text),
      job: value["job"] ?? nil)
  }

  /// In what a stored study is another one; nil when these settings may go on with it.
  ///
  /// The sampler and the pruner may change: the journal has the line from which on they did.
  func difference(from stored: StudySettings) -> String? {
    if directions != stored.directions || metricNames != stored.metricNames {
      return "the objective (stored: \(stored.objectiveText), asked for: \(objectiveText))"
    }
    if space != stored.space { return space.difference(from: stored.space) }
    if seed != stored.seed { return "the seed (stored: \(stored.seed), asked for: \(seed))" }
    if constraints != stored.constraints {
      return "the constraints (stored: \(stored.constraints), asked for: \(constraints))"
    }
    if job != stored.job { return "the job: \(Self.place(of: job, stored.job))" }
    return nil
  }

  private var objectiveText: String {
    directions.enumerated().map { index, direction in
      let name = metricNames.indices.contains(index) ? " \(metricNames[index])" : ""
      return direction.rawValue + name
    }.joined(separator: ", ")
  }

  /// The key path of the first difference of two trees, with both values.
  private static func place(of new: Value, _ old: Value, _ path: String = "") -> String {
    if case .map(let entries) = new.kind, case .map(let others) = old.kind {
      let keys = entries.map(\.key) + others.map(\.key).filter { new[$0] == nil }
      for key in keys where (new[key] ?? nil) != (old[key] ?? nil) {
        return place(of: new[key] ?? nil, old[key] ?? nil, path.isEmpty ? key : "\(path).\(key)")
      }
    }
    return "\(path.isEmpty ? "it" : path) was \(old.summary), is \(new.summary)"
  }
}

extension SearchSpace {
  /// The first difference in a user's words.
  fileprivate func difference(from stored: SearchSpace) -> String {
    for parameter in stored.parameters {
      guard let own = self[parameter.name] else {
        return "the search space (the parameter '\(parameter.name)' is gone)"
      }
      if own.distribution != parameter.distribution {
        return "the search space (the values of '\(parameter.name)')"
      }
      if own.conditions != parameter.conditions {
        return "the search space (when '\(parameter.name)' is active)"
      }
    }
    if let added = parameters.first(where: { stored[$0.name] == nil }) {
      return "the search space (the parameter '\(added.name)' is new)"
    }
    return forbidden == stored.forbidden
      ? "the search space (order or defaults)" : "the search space (forbidden combinations)"
  }
}
