internal import Configuration

/// Starting: which trial gets which slots.
extension Coordinator {
  func start(now: Double) throws {
    countTrials()
    while let number = whole.popLast() {
      if let trial = active[number] { try close(trial, now: now) }
    }
    for number in queueing.sorted() { startQueued(number, now: now) }
    if homeless != nil, active[homeless ?? -1]?.queued.isEmpty ?? true { homeless = nil }
    while ending == nil, homeless == nil, !limitIsReached || retryWaits,
      hasRoom(for: plan.ranksPerTrial.lowerBound)
    {
      guard let trial = try nextTrial() else { break }
      admit(trial, now: now)
      if let owner {
        try study.setSystemAttribute(trial.number, StudyOwner.attribute, Value(.string(owner)))
      }
      if type(of: study.sampler).usesLastSteps, let last = active[trial.number]?.lastStep {
        try study.setSystemAttribute(trial.number, TrialKey.lastStep, Value(.int(last)))
      }
      startQueued(trial.number, now: now)
      if active[trial.number]?.runs.isEmpty == true { homeless = trial.number }
    }
    if needsRefit, let best = bestTrial { admitRefit(best, now: now) }
  }

  /// The next trial, when there is one at once.
  func nextTrial() throws -> Trial? {
    if let queued = try study.askKnown() {
      countTrials()
      try prepare()
      return queued
    }
    if let quick = try quickTrial() { return quick }
    takeAnswer()
    guard let next = stock.first else {
      if let failure = stock.failure {
        try nothingMore(failure)
        return nil
      }
      if !proposer.isBusy { try prepare() }
      return nil
    }
    // A proposal that does not know the latest results is used when a new one would take long.
    if waitsForLatest, next.prefix != study.history.prefix {
      if proposer.isBusy { return nil }
      if next.prefix < latestResult {
        if let failure = stock.failure { try nothingMore(failure) }
        try prepare()
        return nil
      }
    }
    stock.removeFirst()
    guard let trial = try study.ask(with: next) else {
      // Another coordinator of the journal has taken its turn.
      stock.clear()
      try prepare()
      return nil
    }
    countTrials()
    try prepare()
    return trial
  }

  /// The sampler has nothing left: what runs goes on to its end.
  private func nothingMore(_ failure: StudyError) throws(StudyError) {
    stock.clear()
    guard failure.description == StudyError.exhausted.description else { throw failure }
    ending = .exhausted(failure.description)
  }

  /// The next trial of a sampler that takes less time than handing its work to another thread.
  private func quickTrial() throws -> Trial? {
    guard isQuick, !proposer.isBusy else { return nil }
    stock.clear()
    let start = ProcessorTime.ofThread
    do throws(StudyError) {
      let trial = try study.ask(with: try study.prepare().run())
      if ProcessorTime.ofThread - start > 0.002 { lastProposalSeconds = 1 }
      countTrials()
      return trial
    } catch {
      guard error.description == StudyError.exhausted.description else { throw error }
      ending = .exhausted(error.description)
      return nil
    }
  }

  var isQuick: Bool {
    !type(of: study.sampler).takesLong && (lastProposalSeconds ?? 1) < 0.001
  }

  /// Whether slots are free for a trial whose parameters are being computed.
  package var awaitsProposal: Bool {
    ending == nil && homeless == nil && !limitIsReached
      && (proposer.isBusy || proposer.hasAnswer) && hasRoom(for: plan.ranksPerTrial.lowerBound)
  }

  /// Stores what has become of a trial.
  func keep(_ trial: ActiveTrial) {
    active[trial.number] = trial
    if trial.queued.isEmpty {
      queueing.remove(trial.number)
    } else {
      queueing.insert(trial.number)
    }
  }

  func hasRoom(for size: Int) -> Bool {
    pool.hasRoom(for: size, spansNodes: plan.groupsSpanNodes)
  }

  func admit(_ trial: Trial, now: Double) {
    var size = plan.ranksPerTrial
    if let name = plan.ranksParameter, let value = trial.parameters[name],
      let ranks = study.history.space[name]?.distribution.value(of: value).int
    {
      size = ranks...ranks
    }
    var entry = ActiveTrial(
      number: trial.number, parameters: trial.parameters, resumes: trial.resumedFrom,
      lastStep: lastStep(trial.parameters), size: size,
      startTime: now)
    entry.secondsBefore = trial.number("seconds") ?? 0
    for run in 0..<plan.runCount where plan.runCount > 1 {
      entry.results[run] = trial.systemAttributes[plan.resultKey(run)]?.figures
    }
    // The first fold goes ahead; the others follow when it was not bad.
    let waitsForFold = plan.foldCount > 1 && entry.results[0] == nil
    entry.queued = (waitsForFold ? [0] : Array(0..<plan.runCount)).filter {
      entry.results[$0] == nil
    }
    keep(entry)
    // All its runs were done before the journal could say so.
    if entry.queued.isEmpty { whole.append(trial.number) }
  }

  private func lastStep(_ parameters: Assignment) -> Int? {
    guard let lastStepOf = plan.lastStepOf else { return plan.lastStep }
    return lastStepOf(parameters)
  }

  func admitRefit(_ best: Trial, now: Double) {
    refitTrial = best.number
    var entry = ActiveTrial(
      number: best.number, parameters: best.parameters, resumes: nil,
      lastStep: lastStep(best.parameters), size: plan.ranksPerTrial,
      startTime: now)
    entry.queued = [-1]
    keep(entry)
    startQueued(best.number, now: now)
  }

  func startQueued(_ number: Int, now: Double) {
    guard var trial = active[number] else { return }
    while let run = trial.queued.first,
      let slots = pool.take(
        trial.size.lowerBound, upTo: most(trial), spansNodes: plan.groupsSpanNodes,
        all: trial.grows)
    {
      trial.queued.removeFirst()
      // Ranks that join a trial at the end wait for no next trial: there is none.
      trial.waitSeconds += clock.take(slots, now: now, isNext: !trial.grows)
      trial.grows = false
      if !trial.hasStarted {
        trial.hasStarted = true
        trial.startTime = now
      }
      trial.runs[run] = .init(slots: slots, start: now, stepTime: now)
      trial.slots = slots
      pending.append(
        .start(
          TrialOrder(
            trial: number, run: run, slots: slots, parameters: trial.parameters,
            resumes: trial.resumes,
            fold: plan.foldCount > 1 && run >= 0 ? run % plan.foldCount : nil,
            repetition: run < 0 ? 0 : run / plan.foldCount)))
    }
    keep(trial)
  }

  /// Left-over ranks join a group unless the number of ranks is searched.
  func most(_ trial: ActiveTrial) -> Int {
    if trial.grows { return Int.max }
    if plan.ranksParameter != nil { return trial.size.upperBound }
    return trial.size.count > 1 ? trial.size.upperBound : 2 * trial.size.lowerBound - 1
  }

  /// When nothing is left to start, idle ranks join the run that would take longest.
  func regroup(now: Double) {
    guard plan.regroups, plan.ranksParameter == nil, ending == nil, limitIsReached,
      pool.freeCount > 0,
      active.values.allSatisfy({
        $0.queued.isEmpty && !$0.runs.values.contains(where: \.isRegrouping)
      })
    else { return }
    var longest: (trial: Int, run: Int, seconds: Double)?
    let freeNodes = Set(pool.free.map(\.node))
    for (number, trial) in active.sorted(by: { $0.key < $1.key }) where trial.end == nil {
      // The other folds will want the ranks as soon as the first is done.
      if plan.foldCount > 1, trial.runs[0] != nil, trial.results.count + 1 < plan.runCount {
        continue
      }
      for (run, entry) in trial.runs where !entry.isStopping {
        guard let last = trial.lastStep, let step = entry.step, let each = entry.stepSeconds,
          each >= plan.regroupStepSeconds
        else { continue }
        guard plan.groupsSpanNodes || entry.slots.contains(where: { freeNodes.contains($0.node) })
        else { continue }
        // More workers shake a network at first: towards its end there is no time to settle.
        guard 3 * (last - step) > last else { continue }
        // The step that runs now is lost to nobody: it ends before the run stops.
        let seconds = each * Double(last - step - 1)
        if seconds > longest?.seconds ?? plan.regroupSeconds { longest = (number, run, seconds) }
      }
    }
    if let longest { active[longest.trial]?.runs[longest.run]?.isRegrouping = true }
  }
}
