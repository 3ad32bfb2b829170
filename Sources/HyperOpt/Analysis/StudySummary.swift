public import Configuration

/// Where a study is: counts, the best trial, and when it may end.
public struct StudySummary: Sendable {
  /// The number of trials in each state, by the state's name: `running`, `complete`, ....
  public let counts: [String: Int]
  /// The best trial; with several objectives, those that no other one dominates.
  public let best: [Trial]
  /// The share of the time of groups that they waited for a trial; nil when nobody measured it.
  public let waitShare: Double?
  /// Seconds until the limit of trials is reached, from the pace so far; nil while that is unknown.
  public let etaSeconds: Double?
  private let history: History
  private let objectives: [String]
  private let trialLimit: Int?

  /// Sums up a study.
  ///
  /// - Parameters:
  ///   - history: The study.
  ///   - objectives: The objectives' names.
  ///   - trialLimit: The number of finished trials at which it ends.
  ///   - now: Seconds since 1970.
  public init(
    history: History, objectives: [String] = [], trialLimit: Int? = nil, now: Double
  ) {
    self.history = history
    self.objectives = objectives
    self.trialLimit = trialLimit
    let counted = history.stateCounts()
    counts = Dictionary(uniqueKeysWithValues: counted.map { ($0.key.word, $0.value) })
    if history.directions.count > 1 {
      best = history.paretoFront
    } else {
      best = history.winner.map { [$0] } ?? []
    }
    waitShare = history.waitShare
    let starts = history.trials.compactMap(\.startTime)
    let finished = history.countedTrials.count { $0.state.isFinished }
    if let trialLimit, let first = starts.min(), finished > 0, now > first {
      etaSeconds = Double(max(trialLimit - finished, 0)) * (now - first) / Double(finished)
    } else {
      etaSeconds = nil
    }
  }

  /// Lines for a terminal.
  public var text: String {
    let all = history.trials.count
    let total = trialLimit == nil ? all : history.countedTrials.count
    let others = total < all ? " (and \(all - total) that were repeated or gone on with)" : ""
    var lines = [
      "trials   \(total)\(trialLimit.map { " of \($0)" } ?? "")\(others): \(countsText)"
    ]
    for trial in best.prefix(10) {
      lines.append("best     trial \(trial.number): \(values(of: trial))")
      for (name, value) in parameters(of: trial) {
        lines.append("           \(name): \(value.label)")
      }
    }
    if best.count > 10 { lines.append("         and \(best.count - 10) more on the Pareto front") }
    if let waitShare {
      lines.append("waiting  \((100 * waitShare).fixed(2)) % of the time of groups")
    }
    if let etaSeconds, counts["running"] != nil { lines.append("ends in  \(etaSeconds.duration)") }
    return lines.joined(separator: "\n")
  }

  /// The same for machines.
  public var value: Value {
    var entries: [Value.Entry] = [.init("trials", Value(.int(history.trials.count)))]
    for name in Self.states { entries.append(.init(name, Value(.int(counts[name] ?? 0)))) }
    entries.append(
      .init(
        "best",
        Value(
          .list(
            best.map { trial in
              Value(
                .map([
                  .init("number", Value(.int(trial.number))),
                  .init("values", Value(.list(trial.values.map { Value(.number($0)) }))),
                  .init("parameters", Value(.map(parameters(of: trial).map { .init($0, $1) }))),
                ]))
            }))))
    if let trialLimit { entries.append(.init("trial_limit", Value(.int(trialLimit)))) }
    if let etaSeconds { entries.append(.init("eta_seconds", Value(.number(etaSeconds)))) }
    if let waitShare { entries.append(.init("wait_share", Value(.number(waitShare)))) }
    return Value(.map(entries))
  }

  private static let states = ["running", "complete", "pruned", "failed", "waiting"]

  private var countsText: String {
    let parts = Self.states.compactMap { name in counts[name].map { "\($0) \(name)" } }
    return parts.isEmpty ? "none yet" : parts.joined(separator: ", ")
  }

  private func values(of trial: Trial) -> String {
    trial.values.enumerated().map { index, value in
      let name = objectives.indices.contains(index) ? "\(objectives[index]) " : ""
      return "\(name)\(value.text(significantDigits: 6))"
    }.joined(separator: ", ")
  }

  private func parameters(of trial: Trial) -> [(name: String, value: Value)] {
    history.space.parameters.compactMap { parameter in
      trial.parameters[parameter.name].map {
        (parameter.name, parameter.distribution.value(of: $0))
      }
    }
  }
}

extension History {
  /// The number of trials in each state that has some, but for those with the numbers `left`.
  func stateCounts(leavingOut left: Set<Int> = []) -> [Trial.State: Int] {
    var counts: [Trial.State: Int] = [:]
    for trial in trials where !left.contains(trial.number) { counts[trial.state, default: 0] += 1 }
    return counts
  }

  /// The share of their time that groups waited for a trial; nil when nobody measured it.
  package var waitShare: Double? {
    var waited: Double?
    var worked = 0.0
    for trial in trials {
      guard let seconds = trial.number("wait_seconds"), let length = trial.seconds else { continue }
      let slots = trial.number("ranks") ?? 1
      waited = (waited ?? 0) + seconds * slots
      worked += length * slots
    }
    guard let waited, waited + worked > 0 else { return nil }
    return waited / (waited + worked)
  }
}
