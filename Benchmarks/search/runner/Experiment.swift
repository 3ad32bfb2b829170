private import Glibc
internal import HyperOpt
internal import SearchObjectives

/// One run: a sampler, an objective, a seed.
struct Experiment {
  let sampler: any Sampler
  let objective: Objective
  let seed: UInt64
  let evaluations: Int

  /// One evaluation, in the order in which they end.
  struct Evaluation {
    var value: Double
    /// Process CPU time of proposing it and of taking in its result.
    var cpuSeconds: Double
  }

  /// All evaluations in the order in which they ended.
  func run(_ mode: Mode) throws -> [Evaluation] {
    switch mode {
    case .seq: try sequential()
    case .async8: try asynchronous(workers: 8)
    }
  }

  private func sequential() throws -> [Evaluation] {
    var record = StudyRecord(objective.space, seed: seed)
    return try (0..<evaluations).map { _ in
      let (trial, asking) = try ProcessClock.measure { try record.ask(sampler) }
      let value = objective.value(record.history.trials[trial].parameters)
      let ((), telling) = ProcessClock.measure { record.tell(trial, value) }
      return Evaluation(value: value, cpuSeconds: asking + telling)
    }
  }

  /// Proposals on simulated workers.
  ///
  /// Proposal i takes 1 + frac(0.618… i) units of time; the one that ends first is told, and one new
  /// proposal is asked for. The lower number of equals goes first.
  private func asynchronous(workers: Int) throws -> [Evaluation] {
    var record = StudyRecord(objective.space, seed: seed)
    var running: [(end: Double, trial: Int, asking: Double)] = []
    var now = 0.0
    func start() throws {
      let number = record.history.trials.count
      let (trial, asking) = try ProcessClock.measure { try record.ask(sampler) }
      let share = Double(number) * 0.6180339887498949
      running.append((now + 1 + share - share.rounded(.down), trial, asking))
    }
    var result: [Evaluation] = []
    for _ in 0..<min(workers, evaluations) { try start() }
    while let next = running.indices.min(by: {
      (running[$0].end, running[$0].trial) < (running[$1].end, running[$1].trial)
    }) {
      let job = running.remove(at: next)
      now = job.end
      let value = objective.value(record.history.trials[job.trial].parameters)
      let ((), telling) = ProcessClock.measure { record.tell(job.trial, value) }
      result.append(Evaluation(value: value, cpuSeconds: job.asking + telling))
      if record.history.trials.count < evaluations { try start() }
    }
    return result
  }
}

/// A study in memory: what a sampler sees, without a journal.
struct StudyRecord {
  private(set) var history: History
  private let seed: UInt64

  init(_ space: SearchSpace, seed: UInt64) {
    history = History(space: space)
    self.seed = seed
  }

  /// Starts the trial that the sampler proposes; its number.
  mutating func ask(_ sampler: any Sampler) throws -> Int {
    let number = history.trials.count
    let proposal = try sampler.propose(number, seed: seed, history: history)
    start(proposal.parameters)
    return number
  }

  /// Starts a trial with parameters of the caller's choice.
  mutating func start(_ parameters: Assignment) {
    history.trials.append(
      Trial(number: history.trials.count, state: .running, parameters: parameters))
    history.prefix += 1
  }

  /// Ends a trial with its value.
  mutating func tell(_ number: Int, _ value: Double) {
    history.trials[number].state = .complete
    history.trials[number].values = [value]
    history.finished.append(number)
    history.prefix += 1
  }
}

/// The CPU time of this process.
enum ProcessClock {
  /// The result of `body` and the CPU seconds that it took.
  static func measure<Result>(_ body: () throws -> Result) rethrows -> (Result, Double) {
    let start = seconds
    let result = try body()
    return (result, seconds - start)
  }

  private static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
