public import Configuration
public import Distributed
private import NN

/// A job file with searched values in it: the space of the parameters, the settings of the search,
/// and the job for any choice of the parameters.
public struct SearchJob: Sendable {
  /// The parameters and what is forbidden.
  public let space: SearchSpace
  /// The section `search`.
  public private(set) var configuration: SearchConfiguration
  /// The job with the searched values open.
  let template: JobTemplate
  /// `search.parameters`: the values of a command's placeholders.
  let commandTemplate: JobTemplate
  /// Where the parameters stand.
  let origins: [String: Value.Origin]

  /// Reads a job file's tree, which must have a section `search`.
  ///
  /// - Throws: `ConfigurationError` that names file and line: a section or a searched value that
  ///   cannot be read, an empty space, a name that stands twice, an objective that nothing reports.
  public init(value: Value) throws(ConfigurationError) {
    let root = try Options(value)
    guard let section = value["search"] else {
      throw ConfigurationError(
        "the section 'search' is missing: say at least the objective", origin: root.origin)
    }
    var options = try Options(section, at: ["search"])
    let open = try OpenJob(value)
    var configuration = try SearchConfiguration(
      options: &options, stem: Self.stem(value), ranksParameter: open.ranksParameter)
    try options.finish()
    if configuration.sampler is PBTSampler, configuration.command == nil {
      var settings = configuration.sampler.value
      let given: [Value] = if case .list(let names)? = settings["fixed"]?.kind { names } else { [] }
      let names = open.namesOfShapes.map { Value(.string($0)) }.filter { !given.contains($0) }
      settings.replace(["fixed"], with: Value(.list(given + names)))
      configuration.sampler = try SamplerRegistry.sampler([PBTSampler.name: settings])
    }
    self.configuration = configuration
    template = open.template
    commandTemplate = open.commandTemplate
    origins = open.origins
    space = try open.space(forbidding: section["forbid"], origin: section.origin)
    if configuration.command == nil, let reported = reportedFigures(value) {
      for index in self.configuration.objectives.indices {
        let metric = self.configuration.objectives[index].metric
        self.configuration.objectives[index].metric = SearchObjective.fullName(
          metric, among: reported)
      }
      for index in self.configuration.constraints.indices {
        let figure = self.configuration.constraints[index].figure
        self.configuration.constraints[index].figure = SearchObjective.fullName(
          figure, among: reported)
      }
    }
    try check(value)
  }

  /// The job of one training of a trial.
  ///
  /// - Parameters:
  ///   - assignment: The parameters.
  ///   - run: Which training of the trial: `run(_:)` says what that means.
  ///   - model: The model file to write in place of the job's; nil for the job's own.
  ///   - checkpoint: The checkpoint to write; nil for one beside the model.
  /// - Returns: A job like any other.
  /// - Throws: `ConfigurationError` for values that do not fit together.
  public func job(
    for assignment: Assignment, run: Int = 0, model: String? = nil, checkpoint: String? = nil
  ) throws(ConfigurationError) -> TrainingJob {
    try TrainingJob(
      value: try value(for: assignment, run: run, model: model, checkpoint: checkpoint))
  }

  /// The same as the tree of a job file.
  public func value(
    for assignment: Assignment, run: Int = 0, model: String? = nil, checkpoint: String? = nil
  ) throws(ConfigurationError) -> Value {
    guard configuration.command == nil else {
      throw ConfigurationError(
        "a search of a command trains no network", at: ["search", "command"])
    }
    try checkComplete(assignment)
    var job = template.value(assignment)
    let (fold, repetition) = self.run(run)
    let seed = UInt64(job["training"]?["seed"]?.int ?? 1)
    if let fold {
      // The rows of a fold are chosen as the job's own validation has it.
      let own = job["data"]?["validation"]
      var entries = [
        Value.Entry("fold", Value(.int(fold))),
        Value.Entry("folds", Value(.int(configuration.foldCount))),
      ]
      for key in DataConfiguration.Split.keys {
        if let value = own?[key] { entries.append(Value.Entry(key, value)) }
      }
      if own?["time"] != true { entries.append(Value.Entry("seed", Value(.int(Int(seed))))) }
      job.replace(["data", "validation"], with: Value(.map(entries)))
    } else if let validation = job["data"]?["validation"], validation["fraction"] != nil,
      validation["seed"] == nil, validation["time"] != true
    {
      // All trials are measured with the same rows, whatever their own seeds.
      job.replace(["data", "validation", "seed"], with: Value(.int(Int(seed))))
    }
    if repetition > 0 {
      let own = RandomGenerator.hash(seed, UInt64(repetition)) >> 1
      job.replace(["training", "seed"], with: Value(.int(Int(own))))
    }
    if let model {
      job.replace(["output", "model"], with: Value(.string(model)))
      job.replace(["output", "checkpoint"], with: checkpoint.map { Value(.string($0)) } ?? nil)
      // Each trial's epochs in a file of its own, beside its model.
      for (key, ending) in [("history_csv", ".history.csv"), ("history_json", ".history.json")] {
        guard case .string? = job["output"]?[key]?.kind else { continue }
        let stem = model.hasSuffix(".h5") ? String(model.dropLast(3)) : model
        job.replace(["output", key], with: Value(.string(stem + ending)))
      }
    } else if let checkpoint {
      job.replace(["output", "checkpoint"], with: Value(.string(checkpoint)))
    }
    return job
  }

  /// The fold (nil without folds) and the repetition of a trial's training number `run`, which
  /// counts the folds of the first repetition, then those of the second.
  ///
  /// A negative number is a training of the job's own rows: none is held out for a fold.
  public func run(_ run: Int) -> (fold: Int?, repetition: Int) {
    guard run >= 0 else { return (nil, 0) }
    let count = configuration.foldCount
    return (count > 1 ? run % count : nil, run / count)
  }

  /// The ranks that work on a trial with these parameters.
  public func ranks(for assignment: Assignment) -> ClosedRange<Int> {
    switch configuration.ranksPerTrial {
    case .fixed(let count): return count...count
    case .range(let range): return range
    case .searched(let name):
      guard let place = assignment[name], let count = space[name]?.distribution.value(of: place).int
      else { return 1...1 }
      return count...count
    }
  }

  /// What stands for each placeholder of a command; nothing for a parameter that is not active.
  public func commandValues(
    for assignment: Assignment
  ) throws(ConfigurationError) -> [String: Value] {
    try checkComplete(assignment)
    guard case .map(let entries) = commandTemplate.value(assignment).kind else { return [:] }
    return Dictionary(entries.filter { $0.value != nil }.map { ($0.key, $0.value) }) { first, _ in
      first
    }
  }

  /// The parameters by default; nil when an active parameter has none, or they are forbidden.
  public var defaults: Assignment? {
    let assignment = space.assignment { $0.defaultValue ?? .nan }
    let isWhole = !assignment.values.values.contains { $0.isNaN }
    return isWhole && !space.isForbidden(assignment) ? assignment : nil
  }

  /// Some allowed assignment whose job can be read, the defaults where that is possible; nil when
  /// hardly any is allowed.
  public var representative: Assignment? {
    var generator = RandomGenerator(seed: 1)
    var allowed: Assignment?
    for attempt in 0..<10_000 {
      let assignment = space.assignment { parameter in
        let middle = parameter.distribution.internalValue(atUnit: 0.5)
        let random = parameter.distribution.internalValue(atUnit: generator.uniform())
        return attempt == 0 ? parameter.defaultValue ?? middle : random
      }
      if space.isForbidden(assignment) { continue }
      if configuration.command != nil || (try? job(for: assignment)) != nil { return assignment }
      // A job that no choice can mend is reported like any other.
      if allowed == nil { allowed = assignment }
      if attempt >= 300 { break }
    }
    return allowed
  }

  /// An assignment in a user's words: numbers, and the names of choices.
  public func values(of assignment: Assignment) -> [(name: String, value: Value)] {
    space.parameters.compactMap { parameter in
      assignment[parameter.name].map {
        (parameter.name, parameter.distribution.value(of: $0))
      }
    }
  }

  private func checkComplete(_ assignment: Assignment) throws(ConfigurationError) {
    for parameter in space.parameters
    where assignment[parameter.name] == nil && space.isActive(parameter, in: assignment) {
      throw ConfigurationError(
        "the parameter '\(parameter.name)' has no value", origin: origins[parameter.name] ?? .code)
    }
  }

  /// `fashion.h5` is `fashion`; a job without a model is named after its file.
  private static func stem(_ value: Value) -> String {
    if case .string(let model)? = value["output"]?["model"]?.kind {
      return model.hasSuffix(".h5") ? String(model.dropLast(3)) : model
    }
    guard case .line(_, let file) = value.origin,
      let name = file.split(separator: "/").last, let stem = name.split(separator: ".").first
    else { return "search" }
    return String(stem)
  }
}

extension Value {
  /// Puts a value at a path of keys; maps that are missing are made.
  fileprivate mutating func replace(_ path: [String], with value: Value) {
    guard let key = path.first else {
      self = value
      return
    }
    var entries: [Entry] = []
    if case .map(let own) = kind { entries = own }
    let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
    if index == entries.endIndex { entries.append(Entry(key, nil)) }
    entries[index].value.replace(Array(path.dropFirst()), with: value)
    kind = .map(entries)
  }
}
