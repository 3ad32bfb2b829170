internal import Configuration

/// Decides which trial runs where, what a report is answered with, and when the search is over.
///
/// A state machine without MPI, threads that matter, or a clock of its own: a transport (rank
/// groups, steps of a launcher, a simulation) tells it what happened, inside `handle`, and does what
/// `actions` says. Proposals are prepared by a thread in the background, so no call computes long.
public final class Coordinator {
  /// The study that everything is written to.
  public let study: Study
  /// Limits and sizes.
  public let plan: SearchPlan
  /// Why the search ends before its limit of trials; nil while it does not.
  public internal(set) var ending: Ending?

  /// A reason to end.
  public enum Ending: Sendable, Equatable {
    /// A limit of the plan was reached: what runs is stopped and counts as pruned.
    case limit(String)
    /// The search was asked to leave: what runs keeps its checkpoint and goes on next time.
    case left(String)
    /// Nothing is left to propose: what runs goes on to its end.
    case exhausted(String)
    /// The time that is left is too short for another trial: what runs goes on while it can.
    case closing(String)
  }

  /// Trials that are evaluated; write with `keep`.
  var active: [Int: ActiveTrial] = [:]
  /// Those of them with runs that wait for room: with thousands of groups not all can be looked at.
  var queueing: Set<Int> = []
  var pool: SlotPool
  var clock: SlotClock
  var kept: KeptModels
  var pending: [CoordinatorAction] = []
  let proposer: Proposer
  /// Proposals that are ready.
  var stock = ProposalStock()
  /// A trial that was asked for and has no room yet.
  var homeless: Int?
  /// The winner, once it is trained on all data.
  var refitTrial: Int?
  /// Resumed trials all of whose runs are done.
  var whole: [Int] = []
  /// Trials that count towards the limit: those that repeat or go on with another one do not.
  var countedTrials = 0
  private var seenTrials = 0
  private var waitingTrials: [Int] = []
  /// The number of journal lines at the latest result.
  var latestResult = 0
  var failuresInARow = 0
  /// The trial that has reached the target and goes on to its end, alone.
  var targetTrial: Int?
  let startTime: Double
  /// Until when the node-seconds of this coordinator are in the journal.
  var notedTime: Double
  let nodeCount: Int
  private var trialSeconds = MeanSeconds()
  /// CPU seconds of the latest request for proposals; nil before the first.
  var lastProposalSeconds: Double?
  /// How long it took, on a core that others may have shared.
  var lastProposalWait = 0.0
  private var counted: SearchSummary
  private var summaryPrefix = -1
  private var longestTrialSeconds: Double?
  private var nextCheck = -Double.infinity
  /// What running trials are marked with; see `StudyOwner`.
  let owner: String?

  /// Takes over a study: trials that its last coordinator left running are gone on with.
  ///
  /// `unfinished` are those trials; `now` is in seconds of any clock that does not jump.
  /// - Throws: `StudyError` when a trial needs more ranks than there are.
  public init(
    study: Study, plan: SearchPlan, slots: [Slot], unfinished: [Int] = [],
    owner: String? = nil, now: Double
  ) throws(StudyError) {
    self.study = study
    self.plan = plan
    self.owner = owner
    counted = SearchSummary(study.history)
    pool = SlotPool(slots)
    clock = SlotClock(slots, now: now)
    // Of repeated trials the winner is only known at the end: see `Winner`.
    kept = KeptModels(
      directions: study.history.directions, count: plan.runCount > 1 ? .max : plan.topCount)
    proposer = Proposer()
    startTime = now
    notedTime = now
    nodeCount = max(1, Set(slots.map(\.node)).count)
    try Self.requireRoom(plan, in: slots, space: study.history.space)
    for trial in study.history.complete where !trial.values.isEmpty && trial.isFeasible {
      pending += kept.add(trial.number, trial.values).map { .discardModel(trial: $0) }
    }
    countTrials()
    for number in unfinished { admit(study.history.trials[number], now: now) }
    try prepare()
  }

  /// Throws where a trial needs more ranks than there are.
  package static func requireRoom(
    _ plan: SearchPlan, in slots: [Slot], space: SearchSpace
  ) throws(StudyError) {
    let pool = SlotPool(slots)
    let room = plan.groupsSpanNodes ? slots.count : pool.largestNodeCount
    let least = plan.ranksPerTrial.lowerBound
    guard least <= room else {
      throw StudyError(
        "a trial needs \(least) ranks (search.ranks_per_trial), and there are \(slots.count) for "
          + "trials, \(pool.largestNodeCount) of them on the fullest node: start more ranks, or ask "
          + "for fewer per trial")
    }
    if let name = plan.ranksParameter, let most = space[name]?.mostRanks, most > room {
      throw StudyError(
        "search.ranks_per_trial goes up to \(most), and there are \(slots.count) ranks for trials, "
          + "\(pool.largestNodeCount) of them on the fullest node: start more ranks, or lower it")
    }
  }

  deinit { proposer.stop() }

  /// Events that arrived together: whatever `body` reports is written with one append and one sync.
  ///
  /// Answers may be sent once it returns: everything is acknowledged by then.
  public func handle<Result>(_ body: () throws -> Result) throws -> Result {
    try study.transaction(body)
  }

  /// Whether nothing runs and nothing will.
  public var isOver: Bool {
    active.isEmpty && (ending != nil || (limitIsReached && !retryWaits)) && !needsRefit
      && pending.isEmpty
  }

  /// The search leaves: runs are stopped at their next batch and keep their checkpoints.
  ///
  /// - Throws: `StudyError` when a trial's end cannot be written.
  public func leave(_ reason: String) throws {
    switch ending {
    case .limit where targetTrial == nil: return
    case .left: return
    default: break
    }
    targetTrial = nil
    ending = .left(reason)
    try stopAll()
  }

  /// Begins no other trial when the seconds that are left are fewer than a trial takes.
  public func close(secondsLeft: Double) {
    guard ending == nil, let longest = longestTrialSeconds, secondsLeft < 1.2 * longest + 5 else {
      return
    }
    ending = .closing(
      "\(Int(secondsLeft)) s are left and a trial takes up to \(Int(longest.rounded(.up))) s")
  }

  /// Whether `actions` would give something, or look at the limits: asking costs nothing.
  package func isDue(now: Double) -> Bool {
    if !pending.isEmpty || now >= nextCheck { return true }
    guard ending == nil, homeless == nil, !limitIsReached,
      pool.freeCount >= plan.ranksPerTrial.lowerBound
    else { return false }
    return hasProposal || !proposer.isBusy
  }

  /// What is to be done now.
  ///
  /// Call it after events, and every few milliseconds: it also looks at the clock and at the
  /// proposer.
  public func actions(now: Double) throws -> [CoordinatorAction] {
    nextCheck = now + 0.1
    try checkLimits(now: now)
    try start(now: now)
    regroup(now: now)
    defer { pending.removeAll() }
    return pending
  }

  /// A run has reached a step; the figures are by name.
  ///
  /// - Returns: Whether the run goes on.
  public func reported(
    _ number: Int, run: Int, step: Int, figures: [String: Double], now: Double
  ) throws -> Verdict {
    guard var trial = active[number], var entry = trial.runs[run] else { return .stop }
    let seconds = (now - entry.stepTime) / Double(max(1, step - (entry.step ?? step - 1)))
    entry.stepSeconds = entry.stepSeconds.map { 0.5 * ($0 + seconds) } ?? seconds
    entry.stepTime = now
    entry.step = step
    if entry.stepBefore == nil { entry.stepBefore = step - 1 }
    let objective = plan.objectives[0]
    if run == 0, plan.foldCount == 1, let value = figures[objective.metric] {
      try study.report(number, step: step, value: value)
      if plan.violations(figures).allSatisfy({ $0 <= 0 }) {
        try reachedTarget(value, by: number)
      }
      if trial.end == nil, number != targetTrial, plan.objectives.count == 1,
        step != trial.lastStep,
        let reason = study.reasonToPrune(number, lastStep: trial.lastStep)
      {
        trial.end = .pruned(reason)
      }
    }
    if trial.end != nil || entry.isRegrouping { entry.isStopping = true }
    trial.runs[run] = entry
    keep(trial)
    if entry.isStopping { return .stop }
    guard step == trial.lastStep, run >= 0 else { return .proceed }
    // Some figures, such as the seconds of the training, are known behind the last step only.
    let values = plan.objectives.compactMap { figures[$0.metric] }
    guard values.count == plan.objectives.count else { return .proceed }
    return kept.wouldKeep(values) ? .proceed : .discard
  }

  /// A run is over, and its slots are free again.
  public func ended(_ number: Int, run: Int, _ outcome: RunOutcome, now: Double) throws {
    guard var trial = active[number], let entry = trial.runs.removeValue(forKey: run) else {
      return
    }
    pool.release(entry.slots)
    clock.release(entry.slots, since: entry.start, now: now)
    trial.cost.add(entry, now: now)
    switch outcome {
    case .complete(let figures):
      trial.results[run] = figures
      if plan.runCount > 1, run >= 0 {
        try study.setSystemAttribute(number, plan.resultKey(run), Value(figures: figures))
      }
      if trial.results.count == plan.runCount {
        switch trial.end {
        case .left, .pruned: trial.end = nil  // it was done before it heard
        default: break
        }
      }
      if plan.foldCount > 1, run >= 0 { try reportFold(&trial, run) }
    case .stopped:
      if trial.end == nil {
        // Regrouped, or stopped by a signal that this coordinator has not heard of yet.
        if entry.isRegrouping { trial.grows = true }
        if entry.isRegrouping || ending == nil {
          trial.queued.insert(run, at: 0)
        } else {
          trial.end = .left
        }
      }
    case .failed(let reason, let isLost):
      trial.end = .failed(reason, isLost: isLost)
    }
    if trial.end != nil {
      trial.queued.removeAll()
      for other in trial.runs.keys.sorted() { stop(&trial, run: other) }
    }
    keep(trial)
    if trial.runs.isEmpty, trial.queued.isEmpty { try close(trial, now: now) }
  }

  /// Slots that are gone for good, such as those of a node that failed.
  public func lost(_ slots: [Slot]) { pool.remove(slots) }

  /// Mean seconds of the trials so far.
  var meanTrialSeconds: Double? { trialSeconds.value }

  func addTrialSeconds(_ seconds: Double) {
    trialSeconds.add(seconds)
    longestTrialSeconds = max(longestTrialSeconds ?? 0, seconds)
  }

  /// Whether a trial that was lost waits to be tried again: that is beyond no limit.
  var retryWaits: Bool {
    waitingTrials.contains {
      study.history.trials[$0].systemAttributes[TrialKey.retryOf] != nil
    }
  }

  /// Takes note of the trials that have begun, here or in another coordinator of the journal.
  func countTrials() {
    let trials = study.history.trials
    let unseen = waitingTrials + Array(min(seenTrials, trials.count)..<trials.count)
    seenTrials = trials.count
    waitingTrials = unseen.filter { trials[$0].state == .waiting }
    countedTrials += unseen.lazy.map { trials[$0] }.filter(study.history.counts).count
  }

  /// Where the search is.
  public func summary(now: Double) -> SearchSummary {
    if summaryPrefix != study.history.prefix {
      // All trials are walked only when there is something new, and not for every event.
      counted = SearchSummary(study.history)
      counted.best = bestTrial.map { .init(number: $0.number, values: $0.values) }
      summaryPrefix = study.history.prefix
    }
    var summary = counted
    summary.running = active.count
    summary.trialLimit = plan.trialLimit
    if let limit = plan.trialLimit, let seconds = meanTrialSeconds {
      let left = Double(max(0, limit - countedTrials + active.count))
      let groups = max(1, pool.all.count / plan.ranksPerTrial.lowerBound)
      summary.etaSeconds = left * seconds / Double(groups)
    }
    summary.waitShare = clock.waitShare
    return summary
  }

  /// The winner so far, chosen with regard to the noise when trials are repeated.
  public var bestTrial: Trial? {
    study.history.winner
  }
}

extension Parameter {
  /// The largest number of ranks that it stands for.
  fileprivate var mostRanks: Int? {
    switch distribution {
    case .int(_, let high, _, _): high
    case .categorical(let choices), .ordinal(let choices): choices.compactMap(\.int).max()
    case .float: nil
    }
  }
}

/// A running mean of seconds.
private struct MeanSeconds {
  private var sum = 0.0
  private var count = 0

  mutating func add(_ value: Double) {
    sum += value
    count += 1
  }

  var value: Double? { count > 0 ? sum / Double(count) : nil }
}
