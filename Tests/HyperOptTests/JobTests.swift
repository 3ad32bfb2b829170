import Configuration
import Distributed
import Foundation
import HyperOpt
import NN
import Pipeline
import Testing

extension Value {
  fileprivate var plain: String {
    if case .string(let text) = kind { return text }
    return json
  }
}

/// A job file with searched values: the space it stands for, and the job for each assignment.
@Suite struct JobTests {
  @Test("a parameter is named after its place unless it has a name of its own")
  func names() throws {
    let job = try SearchJob(value: try Self.tree())
    #expect(
      job.space.parameters.map(\.name) == [
        "pipeline.features", "network.layers.1.repeat",
        "network.layers.1.layers.0.dense.units[1]", "network.layers.1.layers.0.dense.units[2]",
        "network.layers.1.layers.0.dense.units[3]", "training.optimizer",
        "training.optimizer.adam.learning_rate", "training.optimizer.sgd.learning_rate",
        "momentum", "training.batch_size", "ranks_per_trial",
      ])
    #expect(job.configuration.ranksPerTrial == .searched("ranks_per_trial"))
  }

  @Test("the choice of an optimizer decides which of the options behind it are searched")
  func nestedChoices() throws {
    let job = try SearchJob(value: try Self.tree())
    let adam = try job.job(for: Self.assignment(job, ["training.optimizer": 0]))
    let rate = try #require(
      adam.training.optimizer.namedValue["adam"]?["learning_rate"]?.number)
    #expect(abs(rate - 1e-4) < 1e-12)
    let assignment = Self.assignment(job, ["training.optimizer": 1, "momentum": 0.5])
    #expect(assignment["training.optimizer.adam.learning_rate"] == nil)
    let sgd = try job.job(for: assignment)
    #expect(sgd.training.optimizer.namedValue["sgd"]?["momentum"]?.number == 0.5)
    #expect(sgd.training.batchSize == 32)
    #expect(job.ranks(for: assignment) == 2...2)
  }

  @Test("repeated layers have widths of their own, active while the count is large enough")
  func repetition() throws {
    let job = try SearchJob(value: try Self.tree())
    let name = "network.layers.1.layers.0.dense.units"
    for depth in 1...3 {
      let assignment = Self.assignment(
        job,
        [
          "network.layers.1.repeat": Double(depth), name + "[1]": 10, name + "[2]": 20,
          name + "[3]": 30,
        ])
      let layers = try job.job(for: assignment).network.layers
      let widths = layers.compactMap { $0.layer.value["units"]?.int }
      #expect(widths == Array([10, 20, 30].prefix(depth)) + [4])
      #expect(assignment[name + "[\(depth)]"] != nil)
      #expect(assignment[name + "[\(depth + 1)]"] == nil)
      #expect(layers.compactMap(\.name) == (1...depth).map { "hidden_\($0)" })
    }
  }

  @Test("pipeline stages are choices, one by one or as lists")
  func stages() throws {
    let job = try SearchJob(value: try Self.tree())
    func stages(_ choice: Double) throws -> Int {
      try job.job(for: Self.assignment(job, ["pipeline.features": choice])).pipeline.features.count
    }
    #expect(try stages(0) == 0)
    #expect(try stages(1) == 1)
    #expect(try stages(2) == 2)
    #expect(
      job.space["pipeline.features"]?.distribution
        == .categorical([
          "none", "standardize", "scale+standardize",
        ]))
  }

  @Test("a condition may name a parameter that stands later, and the same repetition's")
  func conditions() throws {
    let text = Self.text.replacing(
      "batch_size: {search: log-int, low: 32, high: 512}",
      with: "batch_size: {search: int, low: 32, high: 64, when: {extra: {min: 2}}}\n  epochs: "
        + "{search: int, low: 1, high: 3, name: extra}")
    let job = try SearchJob(value: try Value(yaml: text, file: "job.yaml"))
    let names = job.space.parameters.map(\.name)
    let later = try #require(names.firstIndex(of: "training.batch_size"))
    let earlier = try #require(names.firstIndex(of: "extra"))
    #expect(earlier < later)
    #expect(Self.assignment(job, ["extra": 1])["training.batch_size"] == nil)
    #expect(Self.assignment(job, ["extra": 2])["training.batch_size"] != nil)
    // Without a value it is as if the key were not there.
    #expect(try job.job(for: Self.assignment(job, ["extra": 1])).training.batchSize == 128)
    #expect(throws: ConfigurationError.self) { try job.job(for: Assignment(["extra": 2])) }
  }

  @Test("folds share one split, and repeats differ in the training's seed only")
  func runs() throws {
    let job = try SearchJob(value: try Self.tree("  folds: 3\n  repeats: 2\n"))
    #expect(job.configuration.runCount == 6)
    let assignment = Self.assignment(job, [:])
    var seeds: Set<UInt64> = []
    for run in 0..<6 {
      let training = try job.job(for: assignment, run: run, model: "trial.h5")
      guard case .fold(let fold, let count, let seed)? = training.data.validation else {
        Issue.record("run \(run) has no fold")
        continue
      }
      #expect(fold == run % 3 && count == 3 && seed == 7)
      seeds.insert(training.training.seed)
      #expect(training.output.model == "trial.h5")
      #expect(training.output.checkpoint == "trial.checkpoint.h5")
    }
    #expect(seeds.count == 2 && seeds.contains(7))
    let all = try job.job(for: assignment, run: -1)
    guard case .fraction(0.2, seed: 7)? = all.data.validation else {
      Issue.record("a training of all rows has the job's own validation")
      return
    }
  }

  @Test("folds choose their rows as the job's own validation does")
  func foldRules() throws {
    for (rule, split, seed) in [
      ("stratify: true", DataConfiguration.Split.stratified, UInt64(7) as UInt64?),
      ("time: true, gap: 3", .latest(gap: 3), nil), ("seed: 2", .spread, 7),
    ] {
      var value = try Self.tree("  folds: 3\n")
      try value.apply(override: "data.validation={fraction: 0.2, \(rule)}")
      let job = try SearchJob(value: value)
      let assignment = Self.assignment(job, [:])
      let fold = try job.job(for: assignment, run: 1, model: "trial.h5").data
      #expect(fold.split == split)
      guard case .fold(1, count: 3, seed: let own)? = fold.validation else {
        Issue.record("\(rule): no fold")
        continue
      }
      #expect(own == seed)
      // A training of all rows has the job's own part; one in time is not drawn by a seed.
      let all = try job.job(for: assignment, run: -1).data
      guard case .fraction(0.2, seed: let drawn)? = all.validation else {
        Issue.record("\(rule): no fraction")
        continue
      }
      #expect(all.split == split)
      #expect(drawn == (rule == "seed: 2" ? 2 : seed))
    }
  }

  @Test("a plain training takes the defaults, and names the values that have none")
  func defaults() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try SearchJob.defaultValue(try Self.tree())
    }
    let line = error?.description ?? ""
    #expect(line.hasPrefix("job.yaml:"))
    #expect(line.contains("training.batch_size") && line.contains("network.layers.1.repeat"))
    #expect(!line.contains("ranks_per_trial"))
    var value = try Value(yaml: Self.text, file: "job.yaml")
    for override in [
      "pipeline.features=[]", "network.layers.1.repeat=2",
      "network.layers.1.layers.0.dense.units=9", "training.optimizer=sgd",
      "training.batch_size=64",
    ] { try value.apply(override: override) }
    let job = try TrainingJob(value: try SearchJob.defaultValue(value))
    #expect(job.network.layers.compactMap { $0.layer.value["units"]?.int } == [9, 9, 4])
    #expect(job.training.batchSize == 64)
  }

  @Test("a network that is too large, or does not fit the rows, is refused before it is trained")
  func objections() throws {
    let job = try SearchJob(value: try Self.tree("  constraints: [parameters < 100]\n"))
    let check = TrialCheck(job, featureShape: [2, 3], targetShape: [])
    let name = "network.layers.1.layers.0.dense.units[1]"
    #expect(check.objection(to: Self.assignment(job, [name: 8])) == nil)
    // (6 + 1) * 9 + (9 + 1) * 4 = 103
    let line = check.objection(to: Self.assignment(job, [name: 9])) ?? ""
    #expect(line.contains("parameters is 103"), "\(line)")
    let wrong = TrialCheck(job, featureShape: [2, 3], targetShape: [5])
    #expect(wrong.objection(to: Self.assignment(job, [name: 8]))?.contains("training.loss") == true)
  }

  @Test("population-based training keeps what its weights depend on, and brings its own pruner")
  func population() throws {
    let job = try SearchJob(
      value: try Self.tree("  sampler: {pbt: {interval: 2, fixed: [momentum]}}\n"))
    #expect(type(of: job.configuration.pruner).name == "pbt")
    #expect(job.configuration.pruner.value["interval"] == 2)
    guard case .list(let fixed)? = job.configuration.sampler.value["fixed"]?.kind else {
      Issue.record("nothing is fixed")
      return
    }
    let names = fixed.map(\.plain)
    #expect(names.first == "momentum")
    for name in ["pipeline.features", "network.layers.1.repeat", "training.optimizer"] {
      #expect(names.contains(name))
    }
    #expect(!names.contains("training.batch_size"))
  }

  @Test("a command takes its values from its own parameters")
  func command() throws {
    let text = """
      search:
        command: ./solver --dt {dt} --order {order} --grid {grid}
        parameters:
          dt: {search: log-float, low: 1e-5, high: 1e-2, when: {order: {min: 2}}}
          order: {search: int, low: 1, high: 4}
          grid: fine
        objective: {metric: error, direction: minimize}
        report: {pattern: 'error (?<value>\\S+)', file: solver.html}
      """
    let job = try SearchJob(value: try Value(yaml: text, file: "solver.yaml"))
    #expect(job.space.parameters.map(\.name) == ["order", "dt"])
    #expect(job.configuration.files.journal == "solver.study.log")
    #expect(job.configuration.files.report == "solver.html")
    #expect(job.configuration.command?.report == .pattern("error (?<value>\\S+)"))
    let values = try job.commandValues(for: Assignment(["order": 2, "dt": 0.001]))
    #expect(values == ["order": 2, "dt": 0.001, "grid": "fine"])
    #expect(try job.commandValues(for: Assignment(["order": 1])) == ["order": 1, "grid": "fine"])
    #expect(throws: ConfigurationError.self) { try job.job(for: Assignment(["order": 1])) }
    for (old, new) in [
      ("{dt}", "{dx}"), ("--dt {dt}", ""), ("(?<value>", "("), ("'error", "'error["),
    ] {
      let wrong = text.replacing(old, with: new)
      let error = #expect(throws: ConfigurationError.self) {
        try SearchJob(value: try Value(yaml: wrong, file: "solver.yaml"))
      }
      #expect(error?.description.hasPrefix("solver.yaml:") == true)
    }
  }

  @Test("the example of a search can be read, and all of its combinations trained")
  func example() throws {
    let path = String(#filePath.dropLast("Tests/HyperOptTests/JobTests.swift".count))
    let bytes = try #require(
      FileManager.default.contents(atPath: "jobs/fashion-search.yaml")
        ?? FileManager.default.contents(atPath: path + "jobs/fashion-search.yaml"))
    let text = String(decoding: bytes, as: UTF8.self)
    let value = try Value(yaml: text, file: "jobs/fashion-search.yaml")
    let job = try SearchJob(value: value)
    let check = TrialCheck(job, featureShape: [784], targetShape: [])
    #expect(SpaceSurvey(job, check, count: 50).findings.isEmpty)
    let defaults = try #require(job.defaults, "the first trial is the one with the defaults")
    #expect(check.objection(to: defaults) == nil)
    _ = try TrainingJob(value: try SearchJob.defaultValue(value))
  }

  @Test("an outcome constraint says how far a figure is from being allowed")
  func outcomes() throws {
    let below = try #require(OutcomeConstraint("val_loss < 0.5"))
    #expect(below.violation(["val_loss": 0.75]) == 0.25)
    #expect(below.violation(["val_loss": 0.25]) == -0.25)
    #expect(below.violation(["loss": 0]) == .infinity)
    #expect(OutcomeConstraint("seconds>=60")?.violation(["seconds": 50]) == 10)
    #expect(OutcomeConstraint("layers <= 5")?.violation([:]) == 0)
    #expect(OutcomeConstraint("val_loss 0.5") == nil)
    #expect(OutcomeConstraint("val_loss < many") == nil)
  }

  /// All first choices and lowest numbers, but for `values`.
  static func assignment(_ job: SearchJob, _ values: [String: Double]) -> Assignment {
    job.space.assignment { values[$0.name] ?? $0.distribution.internalValue(atUnit: 0) }
  }

  /// The job below with more lines in its section `search`.
  static func tree(_ more: String = "") throws -> Value {
    try Value(yaml: text + more, file: "job.yaml")
  }

  static let text = """
    data:
      train: {file: rows.h5, features: x, target: y}
      validation: {fraction: 0.2}
    pipeline:
      features:
        search: categorical
        choices: [[], standardize, [{scale: {factor: 2}}, standardize]]
    network:
      layers:
        - flatten
        - repeat: {search: int, low: 1, high: 3}
          layers:
            - dense: {name: hidden, units: {search: log-int, low: 4, high: 64}, activation: relu}
        - dense: {units: 4, activation: softmax}
    training:
      loss: sparse_categorical_crossentropy
      optimizer:
        search: categorical
        choices:
          - adam: {learning_rate: {search: log-float, low: 1e-4, high: 1e-2}}
          - sgd:
              learning_rate: {search: log-float, low: 1e-3, high: 1}
              momentum: {search: float, low: 0, high: 0.99, name: momentum}
      metrics: [accuracy]
      batch_size: {search: log-int, low: 32, high: 512}
      seed: 7
    output: {model: best.h5}
    search:
      objective: val_accuracy
      trials: 12
      wall_time: 10 min
      ranks_per_trial: {search: int, low: 2, high: 4}

    """
}
