import Configuration
import Foundation
import HyperOpt
import TestSupport
import Testing

@Suite("A study")
struct StudyTests {
  @Test("Replay computes every proposal again, and notices one that was changed")
  func replay() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log")
      let study = try Study(journal: path.path, settings: smallSettings(sampler: "sobol"))
      try run(study, 6)
      study.sampler = RandomSampler()
      try run(study, 3)
      try study.enqueue(["rate": 0.5, "optimizer": "sgd"])
      try study.enqueue(study.history.trials[0].parameters)
      try run(study, 3)
      var result = try study.replay()
      #expect(result.difference == nil)
      #expect(result.proposalCount == 11)
      #expect(result.otherCount == 1)
      // A sampler that this process has by another name: the journal says which one it was.
      result = try Study(opening: path.path).replay()
      #expect(result.difference == nil)
      let old = study.history.trials[7].parameters["rate"] ?? 0
      let text = try String(contentsOf: path, encoding: .utf8)
        .replacingOccurrences(of: "\(old)", with: "\(old.nextUp)")
      try text.write(to: path, atomically: true, encoding: .utf8)
      result = try Study(opening: path.path).replay()
      #expect(result.difference?.hasPrefix("trial 7: 'rate'") == true, "\(result)")
    }
  }

  @Test("In memory, too, a study is replayed")
  func replayInMemory() throws {
    let study = try Study(journal: nil, settings: smallSettings())
    try run(study, 10)
    #expect(try study.replay() == ReplayResult(proposalCount: 10))
  }

  @Test("A stock of prepared proposals is used in order, and replays")
  func stock() throws {
    let study = try Study(journal: nil, settings: smallSettings(sampler: "random"))
    study.sampler = CountingSampler()
    try run(study, 2)
    var stock: [PreparedProposal] = []
    for _ in 0..<3 { stock.append(try study.prepare(after: stock).run()) }
    try run(study, 0)
    // Out of order: refused.
    #expect(try study.ask(with: stock[1]) == nil)
    let trials = try stock.map { try #require(try study.ask(with: $0)) }
    #expect(trials.map(\.number) == [2, 3, 4])
    // Each saw those before it as running.
    #expect(trials.map { $0.parameters["depth"] } == [1, 2, 3])
    // Their turn is over.
    #expect(try study.ask(with: stock[0]) == nil)
    #expect(try study.replay().difference == nil)
    #expect(try study.replay().proposalCount == 5)
  }

  @Test("Proposals that are not acceptable cost no trial, and replay without the rule")
  func rejected() throws {
    let study = try Study(journal: nil, settings: smallSettings())
    study.accepts = { ($0["rate"] ?? 0) < 1e-4 }
    try run(study, 10)
    #expect(study.history.trials.allSatisfy { ($0.parameters["rate"] ?? 1) < 1e-4 })
    study.accepts = nil
    #expect(try study.replay().difference == nil)
    study.accepts = { _ in false }
    #expect(throws: StudyError.self) { try study.ask() }
  }

  @Test("A journal of another study is refused, and the error names the difference")
  func anotherStudy() throws {
    try withMemoryFolder { folder in
      let path = folder.appendingPathComponent("study.log").path
      let settings = try smallSettings()
      try run(try Study(journal: path, settings: settings), 2)
      func expect(_ words: String, _ change: (inout StudySettings) throws -> Void) throws {
        var other = settings
        try change(&other)
        let error = #expect(throws: StudyError.self) { try Study(journal: path, settings: other) }
        #expect(error?.exitCode == ExitCode.data)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      }
      try expect("the seed (stored: 1, asked for: 2)") { $0.seed = 2 }
      try expect("the objective (stored: minimize loss") { $0.directions = [.maximize] }
      try expect("the name (stored: 'small'") { $0.name = "other" }
      try expect("network was 'mlp', is 'cnn'") { $0.job = ["network": "cnn"] }
      try expect("the constraints") { $0.constraints = ["parameters < 10"] }
      try expect("'depth' is gone") {
        $0.space = try SearchSpace($0.space.parameters.filter { $0.name != "depth" })
      }
      try expect("the values of 'depth'") {
        $0.space = try SearchSpace(
          $0.space.parameters.map { $0.name == "depth" ? Parameter("depth", .boolean) : $0 })
      }
      var other = settings
      other.sampler = "sobol"
      let study = try Study(journal: path, settings: other)
      #expect(study.history.trials.count == 2)
      try run(study, 2)
      #expect(try study.replay().difference == nil)
    }
  }

  @Test("What cannot be told is one clear error, and changes nothing")
  func wrongTells() throws {
    let study = try Study(journal: nil, settings: smallSettings())
    let number = try study.ask().number
    let waiting = try study.enqueue(["rate": 0.1])
    let prefix = study.history.prefix
    func expect(_ words: String, _ body: () throws -> Void) {
      let error = #expect(throws: StudyError.self) { try body() }
      #expect(error?.exitCode == ExitCode.data)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      #expect(study.history.prefix == prefix)
    }
    expect("no trial 9: it has 0 to 1") { try study.tell(9, .complete([1])) }
    expect("2 values") { try study.tell(number, .complete([1, 2])) }
    expect("waiting") { try study.tell(waiting, .complete([1])) }
    expect("step -1") { try study.report(number, step: -1, value: 1) }
    expect("no parameter 'rat': did you mean 'rate'") { try study.enqueue(["rat": 0.1]) }
    expect("2 is no value of the parameter 'rate'") { try study.enqueue(["rate": 2]) }
    expect("not active") { try study.enqueue(["optimizer": "adam", "size": 8]) }
    expect("params.yaml:3: ") {
      let text = "- rate: 0.1\n- depth: 2\n- depht: 3\n"
      try study.enqueueAll(try Value(yaml: text, file: "params.yaml"))
    }
  }

  @Test("A value that is not finite is a failure with its reason; nothing comes after an end")
  func notFinite() throws {
    let study = try Study(journal: nil, settings: smallSettings())
    for (number, value) in [Double.nan, .infinity, -.infinity].enumerated() {
      _ = try study.ask()
      try study.tell(number, .complete([value]))
      let trial = study.history.trials[number]
      #expect(trial.state == .failed)
      #expect(
        trial.userAttributes["reason"]
          == Value(.string("the value is \(value), not a finite number")))
    }
    #expect(throws: StudyError.self) { try study.tell(0, .complete([1])) }
    #expect(throws: StudyError.self) { try study.report(0, step: 1, value: 1) }
    #expect(throws: StudyError.self) { try study.setUserAttribute(0, "model", "a.h5") }
  }

  @Test("Failed trials are retried once each; interrupted ones go on where they were")
  func retries() throws {
    let study = try Study(journal: nil, settings: smallSettings())
    try run(study, 5)
    #expect(study.history.trials[4].state == .failed)
    #expect(try study.retryFailed() == 1)
    #expect(try study.retryFailed() == 0)
    let again = try study.ask()
    #expect(again.number == 5)
    #expect(again.parameters == study.history.trials[4].parameters)
    try study.report(5, step: 1, value: 3)
    #expect(try study.requeue([5, 0], reason: "the job ended") == 1)
    let next = try study.ask()
    #expect(next.resumedFrom == 5)
    #expect(next.reports == [Trial.Report(step: 1, value: 3)])
    #expect(next.parameters == again.parameters)
    #expect(try study.retryFailed() == 0)
  }

  @Test("A promoted trial copies parameters and reports")
  func promotion() throws {
    let study = try Study(journal: nil, settings: smallSettings())
    try run(study, 3)
    let origin = study.history.trials[2]
    study.pruner = Promoter()
    let trial = try study.ask()
    #expect(trial.parameters == origin.parameters)
    #expect(trial.reports.map(\.step) == origin.reports.map(\.step))
    #expect(trial.resumedFrom == 2)
    #expect(try study.ask().resumedFrom == nil)
  }

  @Test("Older studies are learnt from where names and values fit")
  func warmStart() throws {
    let old = try Study(journal: nil, settings: smallSettings(seed: 5))
    try run(old, 6)
    var settings = try smallSettings()
    settings.space = try SearchSpace(
      settings.space.parameters.map {
        $0.name == "rate" ? Parameter("rate", .float(low: 1e-5, high: 2, log: true)) : $0
      })
    let study = try Study(journal: nil, settings: settings)
    let complete = old.history.complete.count
    #expect(try study.warmStart(from: [old], enqueuing: 2) == complete)
    #expect(study.history.older.map(\.count) == [complete])
    #expect(try study.ask().parameters == old.history.best?.parameters)
    settings.space = try SearchSpace([Parameter("other", .boolean)])
    let stranger = try Study(journal: nil, settings: settings)
    #expect(try stranger.warmStart(from: [old]) == 0)
  }

  @Test("A closure is optimised; its errors are failed trials")
  func closure() throws {
    struct Broken: Error {}
    let study = try Study(journal: nil, settings: smallSettings())
    try study.optimize(trials: 10) { trial in
      if trial.number == 3 { throw Broken() }
      if trial.number == 4 { throw TrialPruned() }
      try trial.report(step: 1, 0.5)
      #expect(try trial.int("depth") >= 1)
      return try trial.number("rate")
    }
    let history = study.history
    #expect(history.trials.map(\.state.rawValue) == [1, 1, 1, 3, 2, 1, 1, 1, 1, 1])
    #expect(history.trials[3].userAttributes["reason"] == "Broken()")
    #expect(throws: StudyError.self) {
      try study.optimize(trials: 1) { try $0.number("no such parameter") }
    }
  }

  /// As many as are running, as `depth`: tells what a proposal saw.
  private struct CountingSampler: Sampler {
    static let name = "counting"
    static let takesSeveralObjectives = true
    init(options: inout Options) throws(ConfigurationError) {}
    init() {}
    var value: Value { [:] }
    func propose(
      _ index: Int, seed: UInt64, history: History
    ) throws(StudyError) -> Proposal {
      let running = history.running.count
      return Proposal(
        history.space.assignment {
          $0.name == "depth" ? Double(running + 1) : $0.distribution.internalValue(atUnit: 0.5)
        })
    }
  }

  /// Promotes trial 2, once.
  private struct Promoter: Pruner {
    static let name = "promoter"
    init(options: inout Options) throws(ConfigurationError) {}
    init() {}
    var value: Value { [:] }
    func reasonToPrune(_ trial: Trial, lastStep: Int?, history: History) -> String? { nil }
    func promotion(history: History) -> Int? {
      history.trials.contains { $0.resumedFrom == 2 } ? nil : 2
    }
  }
}
