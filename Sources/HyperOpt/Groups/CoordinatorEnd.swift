internal import Configuration

/// Ending: what becomes of a trial whose runs are over, and of the search at its limits.
extension Coordinator {
  func close(_ trial: ActiveTrial, now: Double) throws {
    drop(trial.number)
    try noteNodeSeconds(now: now)
    if homeless == trial.number { homeless = nil }
    if trial.results.keys.contains(-1) || refitTrial == trial.number { return }
    try note(trial, now: now)
    let figures = trial.figures
    switch trial.end {
    case .left: return
    case .pruned(let reason):
      try study.setUserAttribute(trial.number, "reason", Value(.string(reason)))
      if let path = plan.checkpointPath?(trial.number) {
        try study.setUserAttribute(trial.number, "checkpoint", Value(.string(path)))
      } else {
        pending.append(.discardModel(trial: trial.number))  // of the folds that were done
      }
      // Of folds their mean, as for a trial that has all of them.
      try study.prune(trial.number, value: figures[plan.objectives[0].metric])
    case .failed(let reason, let isLost): try fail(trial, reason, isLost: isLost)
    case nil: try complete(trial, figures)
    }
    addTrialSeconds(now - trial.startTime)
    latestResult = study.history.prefix
    try prepare()
  }

  func complete(_ trial: ActiveTrial, _ figures: [String: Double]) throws {
    if let missing = plan.objectives.first(where: { figures[$0.metric] == nil }) {
      let known = figures.keys.sorted().joined(separator: ", ")
      return try fail(
        trial,
        "the objective '\(missing.metric)' was not reported"
          + (known.isEmpty ? "" : " (reported: \(known))"), isLost: false)
    }
    let values = plan.objectives.map { figures[$0.metric] ?? .nan }
    guard values.allSatisfy({ !$0.isNaN }) else {
      return try fail(trial, "the objective is not a number", isLost: false)
    }
    let violations = plan.violations(figures)
    if !violations.isEmpty {
      try study.setSystemAttribute(
        trial.number, "constraints", Value(.list(violations.map { Value(.number($0)) })))
    }
    let objectives = Set(plan.objectives.map(\.metric))
    for (name, value) in figures.sorted(by: { $0.key < $1.key }) where !objectives.contains(name) {
      // `seconds` is what the trial took, whatever it says about itself.
      let key = name == "seconds" ? "measured_seconds" : name
      try study.setUserAttribute(trial.number, key, Value(.number(value)))
    }
    if trial.results.count > 1 {
      let runs = trial.results.sorted { $0.key < $1.key }
        .compactMap { $0.value[plan.objectives[0].metric] }
      try study.setUserAttribute(
        trial.number, "runs", Value(.list(runs.map { Value(.number($0)) })))
    }
    try study.tell(trial.number, .complete(values))
    failuresInARow = 0
    let isFeasible = violations.allSatisfy { $0 <= 0 }
    if isFeasible { try reachedTarget(values[0], by: trial.number) }
    let gone = isFeasible ? kept.add(trial.number, values) : [trial.number]
    pending += gone.map { .discardModel(trial: $0) }
  }

  func fail(_ trial: ActiveTrial, _ reason: String, isLost: Bool) throws {
    try study.tell(trial.number, .failed(reason: reason))
    pending.append(.discardModel(trial: trial.number))
    if isLost, retries(of: trial.number) < plan.retryCount {
      try study.enqueue(
        trial.parameters, [TrialKey.retryOf: Value(.int(trial.number))], checks: false)
      countTrials()
      return
    }
    failuresInARow += 1
    // A mistake that every trial makes is told after a few of them.
    let started = study.history.trials.contains { $0.state == .complete || $0.state == .pruned }
    if !started, failuresInARow >= 5, ending == nil {
      throw StudyError("the first \(failuresInARow) trials all failed; the last one: \(reason)")
    }
  }

  /// How often the trial's parameters were tried before.
  private func retries(of number: Int) -> Int {
    var count = 0
    var trial = study.history.trials[number]
    while let earlier = trial.systemAttributes[TrialKey.retryOf]?.int, earlier < trial.number {
      count += 1
      trial = study.history.trials[earlier]
    }
    return count
  }

  func note(_ trial: ActiveTrial, now: Double) throws {
    let seconds = trial.secondsBefore + now - trial.startTime
    try study.setUserAttribute(trial.number, "seconds", Value(.number(seconds)))
    // A group's time is that of one of its slots.
    let waited = trial.waitSeconds / Double(max(1, trial.slots.count))
    if let cost = trial.cost.whole(trial, runCount: plan.runCount) {
      try study.setSystemAttribute(trial.number, TrialCost.attribute, Value(.number(cost)))
    }
    try study.setUserAttribute(trial.number, "wait_seconds", Value(.number(waited)))
    try study.setUserAttribute(trial.number, "ranks", Value(.int(trial.slots.count)))
    try study.setUserAttribute(
      trial.number, "slots", Value(.list(trial.slots.map { Value(.int($0.id)) })))
    if let first = trial.slots.first {
      try study.setUserAttribute(trial.number, "group", Value(.int(first.id)))
    }
  }

  /// A fold is a step of the trial, from 1, with the value of that fold: trials are compared by the
  /// same rows.
  func reportFold(_ trial: inout ActiveTrial, _ run: Int) throws {
    guard let value = trial.results[run]?[plan.objectives[0].metric], trial.end == nil else {
      return
    }
    try study.report(trial.number, step: run + 1, value: value)
    if run == 0 { trial.queued += Array(1..<plan.runCount) }
    guard trial.results.count < plan.runCount,
      let reason = study.reasonToPrune(trial.number, lastStep: plan.runCount)
    else { return }
    trial.end = .pruned("fold \(run + 1): \(reason)")
  }

  func stop(_ trial: inout ActiveTrial, run: Int) {
    guard var entry = trial.runs[run], !entry.isStopping else { return }
    entry.isStopping = true
    trial.runs[run] = entry
    pending.append(.stop(trial: trial.number, run: run))
  }

  func stopAll() throws {
    for number in active.keys.sorted() where number != targetTrial {
      guard var trial = active[number] else { continue }
      if trial.end == nil {
        if case .limit(let reason)? = ending {
          trial.end = .pruned(reason)
        } else {
          trial.end = .left
        }
      }
      trial.queued.removeAll()
      for run in trial.runs.keys.sorted() { stop(&trial, run: run) }
      guard trial.runs.isEmpty else {
        keep(trial)
        continue
      }
      drop(number)
      if case .pruned? = trial.end { try study.tell(number, .pruned) }
    }
    homeless = nil
  }

  private func drop(_ number: Int) {
    active[number] = nil
    queueing.remove(number)
  }

  func checkLimits(now: Double) throws {
    let watched = plan.trialSeconds == nil ? [] : active.keys.sorted()
    for number in watched {
      guard let limit = plan.trialSeconds, var trial = active[number], trial.end == nil,
        trial.runs.values.contains(where: {
          now - (plan.runCount == 1 ? trial.startTime : $0.start) > limit
        })
      else { continue }
      trial.end = .pruned("the trial's time limit of \(limit) s is over")
      trial.queued.removeAll()
      for run in trial.runs.keys.sorted() { stop(&trial, run: run) }
      keep(trial)
    }
    switch ending {
    case .limit where targetTrial == nil: return
    case .left: return
    default: break
    }
    let seconds = now - startTime
    if let limit = plan.wallSeconds, seconds >= limit {
      ending = .limit("the wall time of \(limit) s is over")
    } else if let limit = plan.nodeHours, nodeSeconds(now: now) / 3600 >= limit {
      ending = .limit("\(limit) node-hours are spent")
    } else {
      return
    }
    targetTrial = nil
    try stopAll()
  }

  /// Ends the search when the value is good enough: all stop but the trial that has it, whose model
  /// is what the search was for.
  func reachedTarget(_ value: Double, by trial: Int) throws {
    guard let target = plan.target, ending == nil, value.isFinite else { return }
    let sign = plan.objectives[0].direction.sign
    guard value * sign <= target * sign else { return }
    ending = .limit("the target \(target) was reached")
    targetTrial = trial
    try stopAll()
  }

  /// Seconds times nodes that all coordinators of the study have spent.
  private func nodeSeconds(now: Double) -> Double {
    (study.systemAttributes[Self.nodeSecondsKey]?.number ?? 0)
      + (now - notedTime) * Double(nodeCount)
  }

  /// Keeps what was spent in the journal: a search that is resumed has no new budget.
  private func noteNodeSeconds(now: Double) throws {
    guard plan.nodeHours != nil else { return }
    let spent = nodeSeconds(now: now)
    notedTime = now
    try study.setSystemAttribute(Self.nodeSecondsKey, Value(.number(spent)))
  }

  private static var nodeSecondsKey: String { "sounder:node_seconds" }

  var limitIsReached: Bool {
    guard let limit = plan.trialLimit else { return false }
    return countedTrials >= limit
  }

  var needsRefit: Bool {
    guard plan.foldCount > 1, refitTrial == nil, active.isEmpty, bestTrial != nil else {
      return false
    }
    switch ending {
    case nil: return limitIsReached
    case .exhausted: return true
    case .limit, .left, .closing: return false
    }
  }
}
