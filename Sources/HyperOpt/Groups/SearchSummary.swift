private import Configuration

/// Where a search is: the figures of its live table.
public struct SearchSummary: Sendable, Equatable {
  /// Trials that are being evaluated by this coordinator.
  public var running = 0
  /// Trials that are complete.
  public var complete = 0
  /// Trials that were stopped early.
  public var pruned = 0
  /// Trials that failed.
  public var failed = 0
  /// Finished trials that count towards the limit: one that was tried again, or gone on with, counts
  /// once.
  public var finished = 0
  /// The number of trials at which the study ends; nil without such a limit.
  public var trialLimit: Int?
  /// The best trial's number and its values; of several objectives the best of the first.
  public var best: Best?
  /// Seconds until the study ends, from the trials so far; nil while nothing is known.
  public var etaSeconds: Double?
  /// The share of their time that slots waited for a trial while there was one to come.
  public var waitShare = 0.0

  /// Counts the trials of a history; those whose later part is another trial do not count.
  public init(_ history: History) {
    let earlier = Set(history.trials.compactMap { history.continuedTrial(by: $0) })
    finished = history.countedTrials.count { $0.state.isFinished }
    let counts = history.stateCounts(leavingOut: earlier)
    running = counts[.running] ?? 0
    complete = counts[.complete] ?? 0
    pruned = counts[.pruned] ?? 0
    failed = counts[.failed] ?? 0
    if let best = history.winner { self.best = Best(number: best.number, values: best.values) }
  }

  /// The best trial.
  public struct Best: Sendable, Equatable {
    /// Its number.
    public var number: Int
    /// Its values.
    public var values: [Double]
  }
}

extension History {
  /// The trials but for those that another one goes on with or repeats.
  var countedTrials: [Trial] {
    var replaced: Set<Int> = []
    for trial in trials where !trial.systemAttributes.isEmpty {
      if let earlier = continuedTrial(by: trial) { replaced.insert(earlier) }
      if let earlier = trial.systemAttributes[TrialKey.retryOf]?.int { replaced.insert(earlier) }
    }
    return trials.filter { !replaced.contains($0.number) }
  }

  /// The trial that `trial` is the later part of: promoted, or begun again.
  ///
  /// A copy in population-based training takes over weights, but is a trial of its own: a proposal,
  /// with a proposal's number.
  func continuedTrial(by trial: Trial) -> Int? {
    guard let earlier = trial.resumedFrom, trials.indices.contains(earlier),
      trial.systemAttributes[TrialKey.index] == nil
    else { return nil }
    return earlier
  }

  /// Whether a trial counts towards the limit: one that waits, or that repeats or goes on with another, does not.
  func counts(_ trial: Trial) -> Bool {
    trial.state != .waiting && continuedTrial(by: trial) == nil
      && trial.systemAttributes[TrialKey.retryOf] == nil
  }

  /// Whether a search of so many trials may run another, as far as is known now; nil: there is no limit.
  package func leavesTrials(upTo limit: Int?) -> Bool {
    guard let limit else { return true }
    return trials.contains { !$0.state.isFinished } || trials.lazy.filter(counts).count < limit
  }
}
